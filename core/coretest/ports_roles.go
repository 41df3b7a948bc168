package coretest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cross-account-manager/cam/core"
)

// IAMAccount is what TestRoleAdmin needs to know of the account it works in.
type IAMAccount struct {
	ID        core.AccountID
	Partition core.Partition
	Managed   [3]string // ARNs of managed policies that can be attached and be a boundary
}

// TestRoleAdmin tests an implementation of core.RoleAdmin. open is called once.
func TestRoleAdmin(t *testing.T, open func(testing.TB) (core.RoleAdmin, IAMAccount)) {
	admin, account := open(t)
	t.Run("a missing role", func(t *testing.T) {
		t.Parallel()
		name := newRoleName().IAMName()
		_, err := admin.Role(t.Context(), name)
		wantCode(t, err, core.CodeNotFound)
		if err := admin.DeleteRole(t.Context(), name); err != nil {
			t.Errorf("deleting it: %v", err)
		}
	})
	t.Run("put", func(t *testing.T) {
		t.Parallel()
		name := newRoleName()
		for _, step := range roleForms(name, account) {
			for range 2 { // the second time changes nothing
				mustPut(t, admin, step.role)
			}
			mustHave(t, admin, step.what, step.role)
		}
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		forms := roleForms(newRoleName(), account)
		full := forms[len(forms)-1].role
		mustPut(t, admin, full)
		for range 2 {
			if err := admin.DeleteRole(t.Context(), full.Name); err != nil {
				t.Fatal(err)
			}
		}
		_, err := admin.Role(t.Context(), full.Name)
		wantCode(t, err, core.CodeNotFound)
	})
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		testRoleList(t, admin, account)
	})
}

type roleForm struct {
	what string
	role core.IAMRole
}

// roleForms are states that one role takes after each other; every part of it comes,
// changes and goes.
func roleForms(name core.RoleName, a IAMAccount) []roleForm {
	plain := core.IAMRole{
		Name: name.IAMName(), Trust: trustOf(a, "sts:AssumeRole"), MaxSessionDuration: time.Hour,
		Tags: map[string]string{core.ManagedTag: "role"},
	}
	full := plain
	full.Description = "Läuft – with every part"
	full.Trust = trustOf(a, "sts:TagSession")
	full.MaxSessionDuration = 4 * time.Hour
	full.PermissionsBoundary = a.Managed[0]
	full.Tags = map[string]string{core.ManagedTag: "role", "team": "platform & more", "empty": ""}
	full.InlineName, full.Inline = name.PolicyName(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`
	full.ManagedPolicies = []string{a.Managed[0], a.Managed[1]}
	other := full
	other.Description = "other"
	other.MaxSessionDuration = 12 * time.Hour
	other.PermissionsBoundary = a.Managed[1]
	other.Tags = map[string]string{core.ManagedTag: "role", "team": "security", "new": "1"}
	other.Inline = strings.Replace(full.Inline, "s3:Get*", "s3:List*", 1)
	other.ManagedPolicies = []string{a.Managed[1], a.Managed[2]}
	return []roleForm{{"plain", plain}, {"with everything", full}, {"changed", other}, {"plain again", plain}, {"with everything again", full}}
}

func trustOf(a IAMAccount, action string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Action":["sts:AssumeRole",%q]}]}`,
		a.Partition, a.ID, action)
}

func mustPut(t *testing.T, admin core.RoleAdmin, role core.IAMRole) {
	t.Helper()
	if err := admin.PutRole(t.Context(), role); err != nil {
		t.Fatal(err)
	}
}

// mustHave waits until a role is as wanted: IAM's reads may lag.
func mustHave(t *testing.T, admin core.RoleAdmin, what string, want core.IAMRole) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		got, err := admin.Role(t.Context(), want.Name)
		diff := roleDifference(want, got)
		if err == nil && diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v (-want +got):\n%s", what, err, diff)
		}
		waitABit(t.Context())
	}
}

// roleDifference compares roles: documents by what they say, lists without order.
func roleDifference(want, got core.IAMRole) string {
	for _, r := range []*core.IAMRole{&want, &got} {
		r.Trust, r.Inline = layout(r.Trust), layout(r.Inline)
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.SortSlices(strings.Compare))
}

// layout gives a JSON document one form.
func layout(document string) string {
	var v any
	if json.Unmarshal([]byte(document), &v) != nil {
		return document
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// testRoleList lists more roles than the 100 that IAM puts into one page. A listed
// role has its settings and tags.
func testRoleList(t *testing.T, admin core.RoleAdmin, a IAMAccount) {
	const roles, writers = 105, 4
	prefix := "List" + string(newRoleName())
	want := map[string]core.IAMRole{}
	for i := range roles {
		role := roleForms(core.RoleName(fmt.Sprintf("%s-%03d", prefix, i)), a)[0].role
		want[role.Name] = role
	}
	names := make(chan string, roles)
	for name := range want {
		names <- name
	}
	close(names)
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for name := range names {
				if err := admin.PutRole(t.Context(), want[name]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	mustPut(t, admin, roleForms("Not"+core.RoleName(prefix), a)[0].role)
	var listed []string
	for role, err := range admin.ListRoles(t.Context(), core.Prefix+prefix) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := roleDifference(want[role.Name], role); diff != "" {
			t.Errorf("a listed role (-want +got):\n%s", diff)
		}
		listed = append(listed, role.Name)
	}
	slices.Sort(listed)
	if n := len(slices.Compact(listed)); n != roles {
		t.Errorf("%d of %d roles are listed", n, roles)
	}
}

// TestEntrance tests an implementation of core.Entrance. open is called once; it also
// returns two accounts that let it in and one that does not.
func TestEntrance(t *testing.T, open func(testing.TB) (e core.Entrance, in [2]core.AccountID, out core.AccountID)) {
	e, in, out := open(t)
	_, err := e.Enter(t.Context(), out)
	wantCode(t, err, core.CodeDenied)
	name := newRoleName()
	for range 2 { // the second time, sessions may be kept
		for _, id := range in {
			admin, err := e.Enter(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			role := roleForms(name, IAMAccount{ID: id, Partition: "aws"})[0].role
			role.Description = "of " + string(id)
			mustPut(t, admin, role)
			mustHave(t, admin, "in "+string(id), role)
		}
	}
	e.Forget(out)           // which it never entered
	for _, id := range in { // neither has changed the other's
		e.Forget(id)
		admin, err := e.Enter(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := admin.Role(t.Context(), name.IAMName())
		if err != nil || got.Description != "of "+string(id) {
			t.Errorf("in %s: %q, %v", id, got.Description, err)
		}
	}
}

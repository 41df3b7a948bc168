package iam

import (
	"slices"
	"strings"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

const keysPerUser = 2

// accessKey is a long-term key of a user or, without a user, of the account root.
type accessKey struct {
	id, secret string
	account    string
	user       string // the user's unique ID; empty for the root
	created    time.Time
	active     bool
}

// callerUser is the name of the caller, when it is an IAM user.
func callerUser(r *request) string {
	if r.Caller.Type != typeUser {
		return ""
	}
	return r.Caller.ARN[strings.LastIndexByte(r.Caller.ARN, '/')+1:]
}

// userOrCaller reads UserName; absent means the caller.
func userOrCaller(r *request) string {
	if !r.Form.Has("UserName") {
		if name := callerUser(r); name != "" {
			return name
		}
		r.invalid = "Must specify userName when calling with non-User credentials"
		return ""
	}
	return userKind.target(r)
}

func createUser(r *request) (any, *api.Error) {
	name, path, boundary, tags, err := userKind.creation(r)
	if err != nil {
		return nil, err
	}
	e, err := r.newEntity(userKind, name, path, func(e *entity) *api.Error {
		e.boundary, e.tags = boundary, tags
		return r.checkBoundary(boundary)
	})
	if err != nil {
		return nil, err
	}
	return struct{ User userXML }{userShape(e)}, nil
}

type accessKeyXML struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func (k *accessKey) shape(user string) accessKeyXML {
	status := "Inactive"
	if k.active {
		status = "Active"
	}
	return accessKeyXML{UserName: user, AccessKeyID: k.id, Status: status, CreateDate: timestamp(k.created)}
}

func createAccessKey(r *request) (any, *api.Error) {
	name := userOrCaller(r)
	if err := userKind.begin(r, name, "CreateAccessKey", nil); err != nil {
		return nil, err
	}
	var shape accessKeyXML
	err := r.change(userKind, name, func(e *entity) *api.Error {
		if len(e.accessKeyIDs) >= keysPerUser {
			return limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", keysPerUser)
		}
		key := r.s.newKey(e.account, e.id, r.Now)
		e.accessKeyIDs = append(e.accessKeyIDs, key.id)
		shape = key.shape(name)
		shape.SecretAccessKey = key.secret
		return nil
	})
	return struct{ AccessKey accessKeyXML }{shape}, err
}

// newKey makes an active key. The caller holds the lock.
func (s *Service) newKey(account, user string, now time.Time) *accessKey {
	key := &accessKey{
		id: NewAccessKeyID("AKIA", account), secret: NewSecretKey(),
		account: account, user: user, created: now, active: true,
	}
	s.keys[key.id] = key
	return key
}

func listAccessKeys(r *request) (any, *api.Error) {
	name, p := userOrCaller(r), r.paging()
	if err := userKind.begin(r, name, "ListAccessKeys", nil); err != nil {
		return nil, err
	}
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	e := r.acct.entity(userKind, name)
	if e == nil {
		return nil, notFound(userKind, name)
	}
	ids, info := page(slices.Sorted(slices.Values(e.accessKeyIDs)), strings.Clone, p)
	return struct {
		AccessKeyMetadata members[accessKeyXML]
		pageInfo
	}{collect(ids, func(id string) accessKeyXML { return r.s.keys[id].shape(name) }), info}, nil
}

func updateAccessKey(r *request) (any, *api.Error) {
	name, id, status := userOrCaller(r), r.text("AccessKeyId", 128), r.text("Status", 32)
	if status != "" && status != "Active" && status != "Inactive" {
		r.problem("Status", status, "Member must satisfy enum value set: [Active, Inactive]")
	}
	if err := userKind.begin(r, name, "UpdateAccessKey", nil); err != nil {
		return nil, err
	}
	return nil, r.change(userKind, name, func(e *entity) *api.Error {
		if !slices.Contains(e.accessKeyIDs, id) {
			return noAccessKey(id)
		}
		next := *r.s.keys[id]
		next.active = status == "Active"
		r.s.keys[id] = &next
		return nil
	})
}

func deleteAccessKey(r *request) (any, *api.Error) {
	name, id := userOrCaller(r), r.text("AccessKeyId", 128)
	if err := userKind.begin(r, name, "DeleteAccessKey", nil); err != nil {
		return nil, err
	}
	return nil, r.change(userKind, name, func(e *entity) *api.Error {
		i := slices.Index(e.accessKeyIDs, id)
		if i < 0 {
			return noAccessKey(id)
		}
		e.accessKeyIDs = slices.Delete(e.accessKeyIDs, i, i+1)
		delete(r.s.keys, id)
		return nil
	})
}

func noAccessKey(id string) *api.Error {
	return noSuchEntity("The Access Key with id %s cannot be found.", id)
}

func listGroupsForUser(r *request) (any, *api.Error) {
	name := userKind.target(r)
	r.paging()
	if err := userKind.begin(r, name, "ListGroupsForUser", nil); err != nil {
		return nil, err
	}
	if r.find(userKind, name) == nil {
		return nil, notFound(userKind, name)
	}
	return struct {
		Groups members[string]
		pageInfo
	}{}, nil
}

func listMFADevices(r *request) (any, *api.Error) {
	name, p := userOrCaller(r), r.paging()
	if err := userKind.begin(r, name, "ListMFADevices", nil); err != nil {
		return nil, err
	}
	e := r.find(userKind, name)
	if e == nil {
		return nil, notFound(userKind, name)
	}
	type device struct{ UserName, SerialNumber, EnableDate string }
	serials, info := page(slices.Sorted(slices.Values(e.mfaDevices)), strings.Clone, p)
	return struct {
		MFADevices members[device]
		pageInfo
	}{collect(serials, func(sn string) device { return device{name, sn, timestamp(e.created)} }), info}, nil
}

package kms_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
	"github.com/cross-account-manager/cam/core/sandbox/internal/front"
	"github.com/cross-account-manager/cam/core/sandbox/internal/iam"
	"github.com/cross-account-manager/cam/core/sandbox/internal/kms"
	"pgregory.net/rapid"
)

const (
	master   = "111122223333"
	sub      = "444455556666"
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

var ctx = context.Background()

type world struct {
	t   *testing.T
	iam *iam.Service
	kms *kms.Service
	url string

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now()}
	w.iam = iam.New(iam.Options{Clock: w.clock})
	for _, id := range []string{master, sub} {
		if _, err := w.iam.AddAccount(id, "aws"); err != nil {
			t.Fatal(err)
		}
	}
	w.kms = kms.New(kms.Options{Identity: w.iam, Clock: w.clock})
	server := httptest.NewServer(front.New(front.Options{
		Services: map[string]api.Service{"kms": w.kms}, Credentials: w.iam, Clock: w.clock,
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) client(account, user, policy string) (*awskms.Client, iam.Key) {
	w.t.Helper()
	inline := map[string]string{}
	if policy != "" {
		inline["p"] = policy
	}
	k, err := w.iam.AddUser(account, user, inline)
	if err != nil {
		w.t.Fatal(err)
	}
	return awskms.New(awskms.Options{
		Region: "eu-west-1", BaseEndpoint: &w.url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(k.ID, k.Secret, ""),
	}), k
}

func (w *world) key(c *awskms.Client, policy string) string {
	w.t.Helper()
	in := &awskms.CreateKeyInput{}
	if policy != "" {
		in.Policy = &policy
	}
	out, err := c.CreateKey(ctx, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), message) {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.client(master, "admin", allowAll)
	arn := w.key(c, "")
	if _, err := c.CreateAlias(ctx, &awskms.CreateAliasInput{AliasName: aws.String("alias/K"), TargetKeyId: &arn}); err != nil {
		t.Fatal(err)
	}
	context := map[string]string{"a": "1", "b": "2"}
	sealed, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: aws.String("alias/K"), Plaintext: []byte("hello"), EncryptionContext: context})
	if err != nil || *sealed.KeyId != arn {
		t.Fatalf("%+v, %v", sealed, err)
	}
	open := func(blob []byte, context map[string]string) ([]byte, error) {
		out, err := c.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: blob, EncryptionContext: context})
		if err != nil {
			return nil, err
		}
		return out.Plaintext, nil
	}
	if got, err := open(sealed.CiphertextBlob, context); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	_, err = open(sealed.CiphertextBlob, map[string]string{"a": "1"})
	wantError(t, err, "InvalidCiphertextException", "")
	_, err = open([]byte("nonsense"), nil)
	wantError(t, err, "InvalidCiphertextException", "")
	data, err := c.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256})
	if err != nil || len(data.Plaintext) != 32 {
		t.Fatalf("%+v, %v", data, err)
	}
	if got, err := open(data.CiphertextBlob, nil); err != nil || !bytes.Equal(got, data.Plaintext) {
		t.Errorf("data key: %v", err)
	}
	_, err = c.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: &arn})
	wantError(t, err, "ValidationException", "Please specify either number of bytes or key spec.")
	rapid.Check(t, func(t *rapid.T) { // no byte of a ciphertext can be changed
		blob := bytes.Clone(sealed.CiphertextBlob)
		blob[rapid.IntRange(0, len(blob)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "with"))
		if _, err := open(blob, context); err == nil {
			t.Fatal("a changed ciphertext was decrypted")
		}
	})
}

func TestKeyPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.client(master, "admin", allowAll)
	poor, _ := w.client(master, "poor", "")
	other, _ := w.client(sub, "other", allowAll)
	statement := func(principal, actions string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":` + actions + `,"Resource":"*"}`
	}
	admin := statement("arn:aws:iam::111122223333:user/admin", `"kms:*"`)
	policy := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	standard := w.key(c, "")
	named := w.key(c, policy(admin, statement("arn:aws:iam::111122223333:user/poor", `"kms:Encrypt"`)))
	shared := w.key(c, policy(admin, statement("arn:aws:iam::444455556666:root", `"kms:Encrypt"`)))
	encrypt := func(c *awskms.Client, arn string) error {
		_, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: &arn, Plaintext: []byte("x")})
		return err
	}
	everybody, _ := w.client(master, "everything", allowAll)
	if err := encrypt(everybody, standard); err != nil {
		t.Errorf("the default policy leaves it to identity policies: %v", err)
	}
	wantError(t, encrypt(everybody, named), "AccessDeniedException", "is not authorized to perform: kms:Encrypt on resource: "+named)
	wantError(t, encrypt(poor, standard), "AccessDeniedException", "kms:Encrypt")
	if err := encrypt(poor, named); err != nil {
		t.Errorf("a key policy alone is enough: %v", err)
	}
	if err := encrypt(other, shared); err != nil {
		t.Errorf("across accounts with both: %v", err)
	}
	wantError(t, encrypt(other, standard), "AccessDeniedException", "kms:Encrypt")
	_, err := c.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: &named, Policy: aws.String(policy(statement("arn:aws:iam::111122223333:user/poor", `"kms:*"`)))})
	wantError(t, err, "MalformedPolicyDocumentException", "will not allow you to update the key policy in the future")
	_, err = c.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: &named, Policy: aws.String(policy(admin, statement("arn:aws:iam::111122223333:user/none", `"kms:*"`)))})
	wantError(t, err, "MalformedPolicyDocumentException", "invalid principals")
	if _, err := c.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: &named, Policy: aws.String(policy(admin))}); err != nil {
		t.Error(err)
	}
	wantError(t, encrypt(poor, named), "AccessDeniedException", "")
}

func TestKeyStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.client(master, "admin", allowAll)
	arn := w.key(c, "")
	encrypt := func() error {
		_, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: &arn, Plaintext: []byte("x")})
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	_, err := c.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: &arn})
	must(err)
	wantError(t, encrypt(), "DisabledException", arn+" is disabled.")
	_, err = c.EnableKey(ctx, &awskms.EnableKeyInput{KeyId: &arn})
	must(err)
	must(encrypt())
	_, err = c.EnableKeyRotation(ctx, &awskms.EnableKeyRotationInput{KeyId: &arn})
	must(err)
	rotation, err := c.GetKeyRotationStatus(ctx, &awskms.GetKeyRotationStatusInput{KeyId: &arn})
	must(err)
	if !rotation.KeyRotationEnabled || *rotation.RotationPeriodInDays != 365 {
		t.Errorf("%+v", rotation)
	}
	_, err = c.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: &arn, PendingWindowInDays: aws.Int32(7)})
	must(err)
	wantError(t, encrypt(), "KMSInvalidStateException", arn+" is pending deletion.")
	_, err = c.CancelKeyDeletion(ctx, &awskms.CancelKeyDeletionInput{KeyId: &arn})
	must(err)
	wantError(t, encrypt(), "DisabledException", "")
	_, err = c.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: &arn, PendingWindowInDays: aws.Int32(7)})
	must(err)
	if out, err := c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: &arn}); err != nil || out.KeyMetadata.KeyState != types.KeyStatePendingDeletion || out.KeyMetadata.DeletionDate == nil {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := w.kms.Resolve(master, "eu-west-1", arn); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	w.now = w.now.Add(7 * 24 * time.Hour)
	w.mu.Unlock()
	if _, err := w.kms.Resolve(master, "eu-west-1", arn); err == nil || err.Code != "NotFoundException" {
		t.Errorf("after the waiting period: %v", err)
	}
}

func TestAliasesTagsLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.client(master, "admin", allowAll)
	one, two := w.key(c, ""), w.key(c, "")
	create := func(name string) error {
		_, err := c.CreateAlias(ctx, &awskms.CreateAliasInput{AliasName: &name, TargetKeyId: &one})
		return err
	}
	if err := create("alias/CrossAccountManager-Key"); err != nil {
		t.Fatal(err)
	}
	wantError(t, create("alias/CrossAccountManager-Key"), "AlreadyExistsException", "An alias with the name arn:aws:kms:eu-west-1:111122223333:alias/CrossAccountManager-Key already exists")
	wantError(t, create("alias/aws/s3"), "NotAuthorizedException", "")
	wantError(t, create("K"), "ValidationException", "Alias must start with the prefix")
	if _, err := c.UpdateAlias(ctx, &awskms.UpdateAliasInput{AliasName: aws.String("alias/CrossAccountManager-Key"), TargetKeyId: &two}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.kms.Resolve(master, "eu-west-1", "alias/CrossAccountManager-Key"); err != nil || got != two {
		t.Errorf("%s, %v", got, err)
	}
	aliases, err := c.ListAliases(ctx, &awskms.ListAliasesInput{})
	if err != nil || len(aliases.Aliases) != 1 || !strings.HasSuffix(two, *aliases.Aliases[0].TargetKeyId) {
		t.Errorf("%+v, %v", aliases, err)
	}
	if _, err := c.DeleteAlias(ctx, &awskms.DeleteAliasInput{AliasName: aws.String("alias/CrossAccountManager-Key")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("alias/CrossAccountManager-Key")})
	wantError(t, err, "NotFoundException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/CrossAccountManager-Key is not found.")
	_, err = c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("12345678-1234-1234-1234-123456789012")})
	wantError(t, err, "NotFoundException", "Key 'arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012' does not exist")
	if _, err := c.TagResource(ctx, &awskms.TagResourceInput{KeyId: &one, Tags: []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("1")}}}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListResourceTags(ctx, &awskms.ListResourceTagsInput{KeyId: &one})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].TagKey != "a" {
		t.Errorf("%+v, %v", tags, err)
	}
	seen := 0
	p := awskms.NewListKeysPaginator(c, &awskms.ListKeysInput{Limit: aws.Int32(1)})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(out.Keys)
	}
	if seen != 2 {
		t.Errorf("%d keys", seen)
	}
	_, err = c.CreateGrant(ctx, &awskms.CreateGrantInput{KeyId: &one, GranteePrincipal: aws.String("p"), Operations: []types.GrantOperation{types.GrantOperationDecrypt}})
	wantError(t, err, "UnknownOperationException", "CreateGrant")
}

// TestUse: a service may use a key on a caller's behalf where policies say so by
// kms:ViaService and the encryption context.
func TestUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.client(master, "admin", allowAll)
	arn := w.key(c, "")
	_, k := w.client(master, "viaS3", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com","kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::b"}}}]}`)
	key, _ := w.iam.AccessKey(k.ID)
	call := &api.Call{Service: "s3", Region: "eu-west-1", Caller: key.Caller, Now: w.clock(), HTTP: httptest.NewRequest("PUT", "/b/k", nil)}
	use := func(action, via, bucket string) *api.Error {
		return w.kms.Use(call, arn, action, via, map[string]string{"aws:s3:arn": bucket})
	}
	for _, via := range []string{"s3", "s3.eu-west-1.amazonaws.com"} {
		if err := use("kms:GenerateDataKey", via, "arn:aws:s3:::b"); err != nil {
			t.Error(err)
		}
	}
	for name, err := range map[string]*api.Error{
		"other service": use("kms:GenerateDataKey", "sns", "arn:aws:s3:::b"),
		"other bucket":  use("kms:GenerateDataKey", "s3", "arn:aws:s3:::c"),
		"other action":  use("kms:Decrypt", "s3", "arn:aws:s3:::b"),
	} {
		if err == nil || err.Code != "AccessDenied" {
			t.Errorf("%s: %v", name, err)
		}
	}
	managed, err := w.kms.Resolve(master, "eu-west-1", "alias/aws/s3")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.kms.Use(call, managed, "kms:GenerateDataKey", "s3", map[string]string{"aws:s3:arn": "arn:aws:s3:::b"}); err != nil {
		t.Errorf("AWS managed key: %v", err)
	}
}

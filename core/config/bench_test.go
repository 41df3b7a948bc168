package config

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// manyAccounts is an account file of n entries as an admin would write them.
func manyAccounts(n int) []byte {
	var b strings.Builder
	b.WriteString("accounts:\n")
	for i := range n {
		fmt.Fprintf(&b, "  %012d:\n    name: payments-prod-%d\n    email: payments+%d@example.com\n"+
			"    groups: [production, pci]\n    tags: {owner: payments, cost: \"%d\"}\n", i+1, i, i, i)
	}
	return []byte(b.String())
}

func manyRoles(n int) []byte {
	var b strings.Builder
	b.WriteString("roles:\n")
	for i := range n {
		fmt.Fprintf(&b, "  Role-%d:\n    policy: Read.json\n    accountgroup: production\n"+
			"    accounts: [%012d]\n    max_session_duration: 4h\n    tags: {team: platform}\n", i, i+1)
	}
	return []byte(b.String())
}

const readPolicy = `{"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow",
  "Action": ["ec2:DescribeInstances", "ec2:DescribeVpcs"], "Resource": "*"}]}`

func largeFolder() fstest.MapFS {
	return fstest.MapFS{
		"account/all.yaml":        {Data: manyAccounts(10_000)},
		"role/all.yaml":           {Data: manyRoles(50)},
		"custom_policy/Read.json": {Data: []byte(readPolicy)},
	}
}

// BenchmarkLoad10k loads 10,000 accounts from one file, and 50 roles.
func BenchmarkLoad10k(b *testing.B) {
	folder := largeFolder()
	b.ReportAllocs()
	for b.Loop() {
		c, findings, err := Load(b.Context(), folder)
		if err != nil || len(findings) > 0 || len(c.Accounts) != 10_000 || len(c.Roles) != 50 {
			b.Fatal(err, findings)
		}
	}
}

package cloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cross-account-manager/cam/core"
)

// Directory tells whether accounts and roles exist, reading only the attributes that
// a role's holder may see. It implements the broker's Directory.
type Directory struct{ db *dynamodb.Client }

// Directory opens it in the client's region.
func (c *Client) Directory() *Directory { return &Directory{dynamodb.NewFromConfig(c.cfg)} }

// AccountStatus finds an account by ID.
func (d *Directory) AccountStatus(ctx context.Context, id core.AccountID) (core.AccountStatus, error) {
	status, err := d.status(ctx, core.AccountsTable, "AccountId", string(id))
	return core.AccountStatus(status), err
}

// RoleStatus finds a role by name.
func (d *Directory) RoleStatus(ctx context.Context, role core.RoleName) (core.RoleStatus, error) {
	status, err := d.status(ctx, core.RolesTable, "Role", string(role))
	return core.RoleStatus(status), err
}

func (d *Directory) status(ctx context.Context, table, attribute, value string) (string, error) {
	out, err := d.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, Key: key{attribute: text(value)},
		ProjectionExpression:     aws.String("#k, #s"),
		ExpressionAttributeNames: map[string]string{"#k": attribute, "#s": "Status"},
	})
	if err != nil {
		return "", tableError(wrap(err, "looking up %s in %s", value, table))
	}
	var item struct{ Status string }
	if err := attributevalue.UnmarshalMap(out.Item, &item); err != nil || item.Status == "" {
		return "", core.Errorf(core.CodeNotFound, "%s is not recorded", value)
	}
	return item.Status, nil
}

// AccountNamed finds an account by its exact name.
func (d *Directory) AccountNamed(ctx context.Context, name string) (core.AccountID, core.AccountStatus, error) {
	in := byKey(nameIndex, "Name", name)
	in.TableName = aws.String(core.AccountsTable)
	in.ProjectionExpression = aws.String("#k, #a, #s")
	in.ExpressionAttributeNames["#a"], in.ExpressionAttributeNames["#s"] = "AccountId", "Status"
	out, err := d.db.Query(ctx, in)
	if err != nil {
		return "", "", tableError(wrap(err, "looking up %s in %s", name, core.AccountsTable))
	}
	var items []struct {
		AccountID string `dynamodbav:"AccountId"`
		Status    string
	}
	if err := attributevalue.UnmarshalListOfMaps(out.Items, &items); err != nil || len(items) == 0 {
		return "", "", core.Errorf(core.CodeNotFound, "no account is named %s", name)
	}
	if len(items) > 1 {
		var ids []string
		for _, i := range items {
			ids = append(ids, i.AccountID)
		}
		return "", "", core.Errorf(core.CodeAmbiguous, "several accounts are named %s: %s", name, strings.Join(ids, ", "))
	}
	return core.AccountID(items[0].AccountID), core.AccountStatus(items[0].Status), nil
}

// tableError tells a missing table from a missing entry.
func tableError(err error) error {
	if !core.IsCode(err, core.CodeNotFound) {
		return err
	}
	e := core.Errorf(core.CodeFailure, "%w", err)
	return e.WithHint("is Cross-Account Manager installed in this account and region?")
}

package dynamo

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

// How a write knows itself again. The service may carry out a write and its reply be lost; the attempt that follows
// then meets a revision that has moved on. Reporting a conflict would make the caller do it again, and one wrong PIN
// count for two. So the write that makes revision n leaves its token in the attribute "w" and n modulo slots, and
// DynamoDB returns the item with the conflict: if the token is there, we have won, even if others have written since.
// Only after as many more writes as there are slots nobody can tell, and that is an error and no conflict.
const (
	slots      = 8
	tokenBytes = 12
)

var errUnclear = errors.New("the reply was lost, and the item has been written too often since to tell what came of it")

func slot(r pin.Revision) string { return "w" + strconv.Itoa(int(r%slots)) }

func newToken() []byte {
	t := make([]byte, tokenBytes)
	rand.Read(t) // cannot fail
	return t
}

// read gets one item, or nil if there is none.
func (s *Store) read(ctx context.Context, k string) (item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: key(k), ConsistentRead: aws.Bool(true),
	}, s.options(new(attempts)))
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// update is one UpdateItem in the making: attributes to set and remove, and what must hold.
type update struct {
	names       map[string]string
	values      item
	set, remove []string
	condition   string
	once        bool // not sent again when its reply is lost
}

func newUpdate() *update {
	u := &update{names: map[string]string{}, values: item{}}
	u.put(formatAttribute, number(format))
	return u
}

// name stands for an attribute in an expression; many of ours are reserved words.
func (u *update) name(attribute string) string {
	u.names["#"+attribute] = attribute
	return "#" + attribute
}

// value stands for a value in an expression.
func (u *update) value(name string, v types.AttributeValue) string {
	u.values[":"+name] = v
	return ":" + name
}

func (u *update) put(attribute string, v types.AttributeValue) {
	u.set = append(u.set, u.name(attribute)+" = "+u.value(attribute, v))
}

func (u *update) drop(attributes ...string) {
	for _, a := range attributes {
		u.remove = append(u.remove, u.name(a))
	}
}

// known requires that the item is of a format we know, or that there is none.
func (u *update) known() {
	u.condition = "(attribute_not_exists(" + u.name(KeyAttribute) + ") OR " + u.name(formatAttribute) + " <= :" + formatAttribute + ")"
}

// require requires a condition besides.
func (u *update) require(condition string) {
	u.known()
	u.condition += " AND (" + condition + ")"
}

// apply sends the update. If the condition does not hold, failed is true and found what is there instead; tries is
// how often it was sent.
func (s *Store) apply(ctx context.Context, k string, u *update) (found item, failed bool, tries int, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, 0, err
	}
	expression := "SET " + strings.Join(u.set, ", ")
	if len(u.remove) > 0 {
		expression += " REMOVE " + strings.Join(u.remove, ", ")
	}
	count := attempts{once: u.once}
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key(k),
		UpdateExpression: &expression, ConditionExpression: &u.condition,
		ExpressionAttributeNames: u.names, ExpressionAttributeValues: u.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}, s.options(&count))
	refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok {
		return nil, false, count.n, err
	}
	if len(refused.Item) > 0 {
		if err := known(refused.Item); err != nil {
			return nil, false, count.n, err
		}
	}
	return refused.Item, true, count.n, nil
}

// swap sends an update on the condition that the item is still at the revision seen, 0 if it is not there or over.
func (s *Store) swap(ctx context.Context, k string, seen pin.Revision, u *update) error {
	next, token := seen+1, newToken()
	u.put(revisionAttribute, revision(next))
	u.put(slot(next), &types.AttributeValueMemberB{Value: token})
	now := u.value("now", number(s.now().Unix()))
	if seen == 0 {
		u.require("attribute_not_exists(" + u.name(KeyAttribute) + ") OR " + u.name(ExpiryAttribute) + " <= " + now)
	} else {
		u.require(u.name(revisionAttribute) + " = " + u.value("seen", revision(seen)) +
			" AND (attribute_not_exists(" + u.name(ExpiryAttribute) + ") OR " + u.name(ExpiryAttribute) + " > " + now + ")")
	}
	found, failed, tries, err := s.apply(ctx, k, u)
	if err != nil || !failed {
		return err
	}
	return outcome(found, next, token, tries)
}

// outcome says what became of a write that should have made the revision next and met a conflict: nil if it has won.
func outcome(found item, next pin.Revision, token []byte, tries int) error {
	if len(found) == 0 {
		return store.ErrConflict
	}
	at, err := revisionOf(found)
	if err != nil {
		return err
	}
	left, _ := found[slot(next)].(*types.AttributeValueMemberB)
	switch {
	case left != nil && bytes.Equal(left.Value, token):
		return nil
	case tries > 1 && at >= next+slots:
		return errUnclear
	}
	return store.ErrConflict
}

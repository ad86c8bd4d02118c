package dynamo_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
	"github.com/trunkpass/trunkpass/store/form"
)

// table is a table seen from behind the store.
type table struct {
	client *dynamodb.Client
	name   string
}

func newTable(t *testing.T) (*dynamo.Store, table) {
	t.Helper()
	client, name := dynamotest.Start(t).Table(t)
	return mustNew(t, dynamo.Options{Client: client, Table: name, Now: clock, Attempt: time.Minute}), table{client, name}
}

func (b table) item(t *testing.T, key string) map[string]types.AttributeValue {
	t.Helper()
	out, err := b.client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &b.name, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: key}},
	})
	if err != nil {
		t.Fatalf("get %.40s: %v", key, err)
	}
	return out.Item
}

func (b table) put(t *testing.T, key string, i map[string]types.AttributeValue) {
	t.Helper()
	i = maps.Clone(i)
	i["pk"] = &types.AttributeValueMemberS{Value: key}
	if _, err := b.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &b.name, Item: i}); err != nil {
		t.Fatalf("put %.40s: %v", key, err)
	}
}

// An item of a newer trunkpass is neither read nor written, by whatever call and whatever revision.
func TestNewerItems(t *testing.T) {
	s, b := newTable(t)
	n := func(v int64) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(v, 10)}
	}
	newer := map[string]types.AttributeValue{
		"format": n(2), "revision": n(1), "lease_until": n(0), "expires_at": n(0),
		"nickname": &types.AttributeValueMemberS{Value: "4821"},
	}
	keys := []string{"account#" + owner, "account#nobody", "user#" + user, "message#fresh", "message#claimed"}
	for _, key := range keys {
		b.put(t, key, newer)
	}
	before := b.item(t, keys[0])
	for _, c := range calls {
		err := c.call(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), "newer trunkpass (format 2, this one knows 1)") || errors.Is(err, store.ErrConflict) ||
			strings.Contains(err.Error(), "4821") {
			t.Errorf("%s: %v, want that it is newer, and nothing of it", c.name, err)
		}
	}
	if err := s.SwapPIN(t.Context(), owner, 0, pin.Record{}); err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("swap at 0: %v, want that it is newer", err)
	}
	for _, key := range keys {
		before["pk"] = &types.AttributeValueMemberS{Value: key}
		if after := b.item(t, key); !reflect.DeepEqual(after, before) {
			t.Errorf("%s was changed to %v", key, after)
		}
	}
}

// What shall go says so to DynamoDB, in seconds, and what shall stay does not.
func TestTimeToLive(t *testing.T) {
	s, b := newTable(t)
	prepare(t, s)
	expires := func(key string) string {
		n, _ := b.item(t, key)["expires_at"].(*types.AttributeValueMemberN)
		if n == nil {
			return ""
		}
		return n.Value
	}
	want := func(what, key, at string) {
		t.Helper()
		if got := expires(key); got != at {
			t.Errorf("%s expires at %q, want %q", what, got, at)
		}
	}
	after := func(d time.Duration) string { return strconv.FormatInt(start.Add(d).Unix(), 10) }
	want("account", "account#"+owner, "")
	want("user", "user#"+user, "")
	want("claimed message", "message#claimed", after(store.KeepSettled))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Erase(t.Context(), owner, 1))
	want("tombstone", "account#"+owner, after(store.KeepErased))
	must(s.SaveUsers(t.Context(), owner, 2, []string{user}))
	want("account that is back", "account#"+owner, "")
	must(s.SaveUser(t.Context(), store.User{ID: user, Revision: 1, ExpiresAt: start.Add(time.Hour + 1)}))
	want("disabled user", "user#"+user, after(time.Hour+time.Second))
	must(s.SaveUser(t.Context(), store.User{ID: user, Revision: 2}))
	want("user that is back", "user#"+user, "")
	must(s.Finish(t.Context(), "claimed"))
	want("settled message", "message#claimed", after(store.KeepSettled))
	must(s.Erase(t.Context(), owner, 3))
	tombstone := slices.Sorted(maps.Keys(b.item(t, "account#"+owner)))
	if want := []string{"expires_at", "format", "pk", "revision", "w1", "w2", "w3", "w4"}; !slices.Equal(tombstone, want) {
		t.Errorf("tombstone keeps %v, want %v", tombstone, want)
	}
}

// The largest account there can be is an item below the limit, whatever order its parts were written in.
func TestLargestItem(t *testing.T) {
	s, b := newTable(t)
	long := strings.Repeat("o", store.MaxOwner)
	p := store.Preferences{DefaultCar: strings.Repeat("c", 256), Nicknames: map[string]string{}}
	var users []string
	for i := range 100 {
		p.Nicknames[strings.Repeat("n", 253)+strconv.Itoa(100+i)] = strings.Repeat("\U0001F697", 60)
	}
	for i := range store.MaxUsers {
		users = append(users, strings.Repeat("u", store.MaxUser-1)+strconv.Itoa(i))
	}
	for i := range pin.Revision(4) {
		if err := errors.Join(
			s.SwapPIN(t.Context(), long, 3*i, pin.Record{Hash: strings.Repeat("h", 1900), LockedAt: start, SetAt: start}),
			s.SavePreferences(t.Context(), long, 3*i+1, p),
			s.SaveUsers(t.Context(), long, 3*i+2, users),
		); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	size := 0
	for name, value := range b.item(t, "account#"+long) {
		size += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			size += len(v.Value)
		case *types.AttributeValueMemberN:
			size += len(v.Value)
		case *types.AttributeValueMemberB:
			size += len(v.Value)
		}
	}
	if size < 60_000 || size > form.MaxItem {
		t.Errorf("the largest item has %d bytes, want nearly %d", size, form.MaxItem)
	}
}

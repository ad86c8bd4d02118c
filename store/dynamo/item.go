package dynamo

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/form"
)

// format is the version of the items below; see store/embedded on raising it.
const format = 1

// The attributes of an item, beside its key, its expiry and the tokens of its last writes. The parts are JSON as
// package form spells it, so that one part can be written without the others.
const (
	formatAttribute      = "format"
	revisionAttribute    = "revision"
	pinAttribute         = "pin"
	preferencesAttribute = "preferences"
	usersAttribute       = "users"
	userAttribute        = "user"
	claimAttribute       = "claim"       // the token of the worker that has the message
	leaseAttribute       = "lease_until" // nanoseconds since 1970
	settledAttribute     = "settled"
)

// item is what DynamoDB gives and takes.
type item = map[string]types.AttributeValue

// The keys. DynamoDB takes 2048 bytes, which is more than the longest prefix and id.
func accountKey(owner string) string { return "account#" + owner }
func userKey(id string) string       { return "user#" + id }
func messageKey(id string) string    { return "message#" + id }

func key(k string) item { return item{KeyAttribute: text(k)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func revision(r pin.Revision) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(uint64(r), 10)}
}

// expiry is a time as the table's time to live has it, rounded up to the second.
func expiry(t time.Time) types.AttributeValue { return number(t.Add(time.Second - 1).Unix()) }

// known refuses an item that a newer trunkpass wrote, and one that none did.
func known(i item) error {
	n, err := integer(i, formatAttribute)
	switch {
	case err != nil || n < 1:
		return fmt.Errorf("item is %w", form.ErrDamaged)
	case n > format:
		return fmt.Errorf("item was written by a newer trunkpass (format %d, this one knows %d)", n, format)
	}
	return nil
}

// present tells whether there is an item that is not over at now, and one we can read. DynamoDB removes what is over
// when it gets to it.
func present(i item, now time.Time) (bool, error) {
	if len(i) == 0 {
		return false, nil
	}
	if err := known(i); err != nil {
		return false, err
	}
	if _, expires := i[ExpiryAttribute]; !expires {
		return true, nil
	}
	at, err := integer(i, ExpiryAttribute)
	if err != nil {
		return false, err
	}
	return now.Unix() < at, nil
}

// accountOf reads an account; one that is not there, and one that is over at now, is zero but for its owner. Its
// errors quote nothing of the item.
func accountOf(owner string, i item, now time.Time) (store.Account, error) {
	none := store.Account{Owner: owner}
	if there, err := present(i, now); err != nil || !there {
		return none, err
	}
	seen, revisionErr := revisionOf(i)
	record, pinErr := part(i, pinAttribute, form.ReadPIN)
	preferences, preferencesErr := part(i, preferencesAttribute, form.ReadPreferences)
	users, usersErr := part(i, usersAttribute, form.ReadUsers)
	if err := errors.Join(revisionErr, pinErr, preferencesErr, usersErr); err != nil {
		return none, err
	}
	return store.Account{Owner: owner, Revision: seen, PIN: record, Preferences: preferences, Users: users}, nil
}

// userOf reads a user; see accountOf.
func userOf(id string, i item, now time.Time) (store.User, error) {
	none := store.User{ID: id}
	if there, err := present(i, now); err != nil || !there {
		return none, err
	}
	seen, revisionErr := revisionOf(i)
	u, userErr := part(i, userAttribute, func(data []byte) (store.User, error) { return form.ReadUser(id, seen, data) })
	if err := errors.Join(revisionErr, userErr); err != nil {
		return none, err
	}
	return u, nil
}

// settled tells whether a message that could not be claimed has been dealt with.
func settled(i item) bool {
	is, ok := i[settledAttribute].(*types.AttributeValueMemberBOOL)
	return ok && is.Value
}

func revisionOf(i item) (pin.Revision, error) {
	n, _ := i[revisionAttribute].(*types.AttributeValueMemberN)
	if n == nil {
		return 0, fmt.Errorf("revision is %w", form.ErrDamaged)
	}
	r, err := strconv.ParseUint(n.Value, 10, 64)
	if err != nil || r == 0 {
		return 0, fmt.Errorf("revision is %w", form.ErrDamaged)
	}
	return pin.Revision(r), nil
}

// part reads an attribute that may be missing.
func part[T any](i item, attribute string, read func([]byte) (T, error)) (none T, err error) {
	value, there := i[attribute]
	if !there {
		return read(nil)
	}
	s, ok := value.(*types.AttributeValueMemberS)
	if !ok {
		return none, fmt.Errorf("%s is %w", attribute, form.ErrDamaged)
	}
	return read([]byte(s.Value))
}

func integer(i item, attribute string) (int64, error) {
	n, ok := i[attribute].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("%s is %w", attribute, form.ErrDamaged)
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is %w", attribute, form.ErrDamaged)
	}
	return v, nil
}

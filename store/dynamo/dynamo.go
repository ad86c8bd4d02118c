// Package dynamo keeps accounts, Alexa users and the inbox in one DynamoDB table, for those who run Trunkpass on AWS.
//
// It is one engine behind the port of package store and does nothing the port does not promise. A read is one
// consistent read of one item; a write is one conditional write of one item, without reading it first; nothing scans.
// What goes wrong on the way (throttling, a reply that does not come, a fault of the service) is tried again within
// the time that the context leaves. A write whose reply was lost may have won although its second try meets a
// conflict: every write leaves a token behind by which it knows itself again (write.go).
//
// The table is made by whoever deploys (lambda/template.yaml) and, for tests, by dynamotest.
package dynamo

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/trunkpass/trunkpass/store"
)

// The attributes that the table itself has to know: the partition key, a string, without any sort key; and the time
// to live, in seconds since 1970.
const (
	KeyAttribute    = "pk"
	ExpiryAttribute = "expires_at"
)

const (
	maxAttempts = 4
	// defaultAttempt is many times what DynamoDB takes, and so little that a second attempt still helps the speaker.
	defaultAttempt = 800 * time.Millisecond
	// firstBackoff is the longest wait before the second attempt; each further one may take twice as long.
	firstBackoff = 50 * time.Millisecond
)

var _ store.Store = (*Store)(nil)

// Client is what is used of a *dynamodb.Client.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// Options is what a [Store] is made of. Client, Table and Now are required.
type Options struct {
	// Client is set up with region and credentials. How it retries is ours.
	Client Client
	Table  string
	// Now is the clock by which items expire and leases run out. DynamoDB itself removes an item up to days late.
	Now func() time.Time
	// Attempt is how long one of four attempts may take; 0 means 800 ms.
	Attempt time.Duration
}

// Store is a table of accounts, users and messages. It implements store.Store, is safe for concurrent use, keeps
// nothing in memory and needs no closing. Any number of processes may use one table.
type Store struct {
	client  Client
	table   string
	now     func() time.Time
	attempt time.Duration
	retryer aws.Retryer
}

// New makes a Store, or says which option is missing. It does not reach out for the table.
func New(o Options) (*Store, error) {
	if o.Client == nil || o.Table == "" || o.Now == nil || o.Attempt < 0 {
		return nil, errors.New("accounts in DynamoDB: a client, a table and a clock are required")
	}
	if o.Attempt == 0 {
		o.Attempt = defaultAttempt
	}
	retryer := retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = maxAttempts
		r.Backoff = retry.BackoffDelayerFunc(backoff)
	})
	return &Store{client: o.Client, table: o.Table, now: o.Now, attempt: o.Attempt, retryer: retryer}, nil
}

// backoff is half fixed and half chance, so that those who were throttled together do not come back together.
func backoff(attempt int, _ error) (time.Duration, error) {
	half := firstBackoff << min(max(attempt-1, 0), maxAttempts) / 2
	var chance [4]byte
	rand.Read(chance[:]) // cannot fail
	return half + time.Duration(binary.BigEndian.Uint32(chance[:]))%half, nil
}

// attempts counts the attempts of one call and bounds each.
type attempts struct {
	n    int
	each time.Duration
	once bool // one alone
}

// options sets up one call, whose attempts are counted in a.
func (s *Store) options(a *attempts) func(*dynamodb.Options) {
	a.each = s.attempt
	return func(o *dynamodb.Options) {
		o.Retryer = s.retryer
		if a.once {
			o.Retryer = aws.NopRetryer{}
		}
		o.RetryMaxAttempts = 0 // whoever made the client does not wrap ours
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("AttemptTime", a.bound), "Retry", middleware.After)
		})
	}
}

func (a *attempts) bound(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	a.n++
	attempt, cancel := context.WithTimeout(ctx, a.each)
	defer cancel()
	out, metadata, err := next.HandleFinalize(attempt, in)
	if err != nil && attempt.Err() != nil && ctx.Err() == nil {
		err = slowError{a.each}
	}
	return out, metadata, err
}

// slowError stands for an attempt that took too long, where the call still has time: unlike a context that is over,
// it is worth another attempt.
type slowError struct{ limit time.Duration }

func (e slowError) Error() string      { return "no reply from DynamoDB within " + e.limit.String() }
func (slowError) Timeout() bool        { return true }
func (slowError) RetryableError() bool { return true }

// Package setup is what the three Lambda functions have in common: their configuration, the clients of AWS, the secret,
// and the log.
//
// Making all of it reaches no network: a function that starts has eight seconds for the driver who is waiting, and
// spends them on the driver. What a turn needs is fetched by the first turn that needs it.
//
// Neighbors: lambda/skill, lambda/owner and lambda/events call it from main; lambda/emf writes the metrics; store/dynamo
// is the store. Nothing else may import it, because it names AWS.
package setup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/trunkpass/trunkpass/skill/trace"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// How connections are kept. A frozen function wakes up with connections that the other side has closed; those are told
// apart from slow ones by a short time to connect.
const (
	connectTimeout = 2 * time.Second
	idleTimeout    = 90 * time.Second
	idlePerHost    = 16
)

// HTTP makes the one client that everything in a function shares, so that there is one pool and one set of TLS sessions.
func HTTP() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSHandshakeTimeout = connectTimeout
	transport.IdleConnTimeout = idleTimeout
	transport.MaxIdleConnsPerHost = idlePerHost
	return &http.Client{Transport: transport}
}

// config names the region and signs with the credentials that Lambda hands to the function, which last as long as its
// execution environment. The SDK's own chain of providers would look for more, and weighs a megabyte.
func (c AWS) config(client *http.Client) aws.Config {
	return aws.Config{
		Region: c.Region, HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(c.KeyID, string(c.Key), string(c.SessionToken)),
	}
}

// Store makes the store over the configured table. The turn's deadline bounds every call.
func (c Base) Store(client *http.Client, now func() time.Time) (*dynamo.Store, error) {
	db := dynamodb.NewFromConfig(c.AWS.config(client), func(o *dynamodb.Options) {
		if c.AWS.DynamoDBEndpoint != "" {
			o.BaseEndpoint = &c.AWS.DynamoDBEndpoint
		}
	})
	store, err := dynamo.New(dynamo.Options{Client: items{db.GetItem, db.UpdateItem}, Table: c.Table, Now: now})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return store, nil
}

// items is the part of DynamoDB's client that the store uses. Handing over the client itself would link each of its
// operations, because the linker keeps every method of what hides behind an interface once anything calls methods by
// name (validator does): another megabyte to load in a cold start.
type items struct {
	get    func(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	update func(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// GetItem reads one item.
func (i items) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return i.get(ctx, in, o...)
}

// UpdateItem writes one item.
func (i items) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return i.update(ctx, in, o...)
}

// secrets makes the client of Secrets Manager.
func (c Base) secrets(client *http.Client) *secretsmanager.Client {
	return secretsmanager.NewFromConfig(c.AWS.config(client), func(o *secretsmanager.Options) {
		if c.AWS.SecretsEndpoint != "" {
			o.BaseEndpoint = &c.AWS.SecretsEndpoint
		}
	})
}

// Cloud makes the client of the dongle cloud.
func (c Base) Cloud(client *http.Client, now func() time.Time) (*dongle.Client, error) {
	return dongle.New(dongle.Options{BaseURL: c.CloudURL, HTTP: client, Now: now})
}

// Fleet makes the fleet over the dongle cloud. observe hears how its calls went.
// The list of cars is believed for as long as cache says; zero leaves that to the fleet.
func Fleet(cloud *dongle.Client, now func() time.Time, log *slog.Logger, observe func(vehicle.Called), cache time.Duration) *vehicle.Fleet {
	chance := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	return vehicle.NewFleet(cloud, vehicle.Options{Now: now, Log: log, Rand: chance, Observe: observe, CacheFor: cache})
}

// wayOut is kept back of the time that Lambda gives, to say what happened while somebody still hears it.
const wayOut = 500 * time.Millisecond

// Begin begins an invocation: it takes up the trace that Lambda hands over, and ends the work in time, after most at the
// latest.
func Begin(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	header, _ := ctx.Value("x-amzn-trace-id").(string) // where aws-lambda-go puts it
	ctx = trace.FromAmazon(ctx, header)
	ctx, cancel := context.WithTimeout(ctx, most)
	deadline, _ := ctx.Deadline() // Lambda's own, if it is nearer
	bounded, release := context.WithDeadline(ctx, deadline.Add(-wayOut))
	return bounded, func() { release(); cancel() }
}

// Log writes JSON lines as trace.Log does, each with the id that Lambda gave the request.
func Log(out io.Writer) *slog.Logger {
	return slog.New(requestLog{trace.Log(out, slog.LevelInfo).Handler()})
}

// requestLog adds the request id to every line of a request.
type requestLog struct{ slog.Handler }

// Handle writes one line.
func (h requestLog) Handle(ctx context.Context, r slog.Record) error {
	if l, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("request_id", l.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the request id.
func (h requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the request id.
func (h requestLog) WithGroup(name string) slog.Handler { return requestLog{h.Handler.WithGroup(name)} }

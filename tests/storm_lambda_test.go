package tests

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
)

// onLambda is the skill's function with DynamoDB's engine. Its calls to the store pass the sky too.
type onLambda struct {
	storm       *storm
	path, table string
	accounts    *dynamo.Store
	items       *httptest.Server
	secrets     string
	engine      string
	http        http.Client
	out         lockedLog

	mu        sync.Mutex
	functions []*runtimeapi.Function
	free      chan *runtimeapi.Function // one for each device: Lambda starts another where all are busy
}

func newOnLambda(t *testing.T, s *storm) (*onLambda, error) {
	t.Helper()
	path, err := storySkill()
	if err != nil {
		return nil, err
	}
	engine := dynamotest.Start(t)
	client, table := engine.Table(t)
	accounts, err := dynamo.New(dynamo.Options{Client: client, Table: table, Now: s.now})
	if err != nil {
		return nil, err
	}
	l := &onLambda{storm: s, path: path, table: table, accounts: accounts, engine: engine.URL}
	l.secrets = secretsManager(t, map[string]any{"pepper": make([]byte, 32)})
	l.items = httptest.NewServer(http.HandlerFunc(l.item))
	return l, nil
}

// item carries one call of the store.
func (l *onLambda) item(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	writes := strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateItem")
	kill := func(point string) {
		if writes && l.storm.sky.hit("", point) {
			l.storm.kill(point)
			panic(http.ErrAbortHandler)
		}
	}
	kill("before write")
	out, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, l.engine+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out.Header = r.Header.Clone()
	answer, err := carry(&l.http, out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	kill("after write")
	answer.reply(w)
}

func (l *onLambda) start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.functions, l.free = nil, make(chan *runtimeapi.Function, len(stormDevices))
	for range stormDevices {
		f, err := runtimeapi.Start(context.Background(), runtimeapi.Options{
			Bootstrap: l.path, Output: &l.out, Timeout: 8 * time.Second,
			Env: []string{
				"TRUNKPASS_APPLICATION_ID=" + applicationID, "TRUNKPASS_CLOUD_URL=" + l.storm.sky.server.URL, "TRUNKPASS_TABLE=" + l.table,
				"TRUNKPASS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:trunkpass",
				"AWS_ENDPOINT_URL_DYNAMODB=" + l.items.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + l.secrets,
				"TRUNKPASS_STORY_CLOCK=" + l.storm.ahead().String(),
			},
		})
		if err != nil {
			return err
		}
		l.functions = append(l.functions, f)
		l.free <- f
	}
	return nil
}

// end knows only one way: Lambda never asks.
func (l *onLambda) end(syscall.Signal) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.functions {
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (l *onLambda) answer(ctx context.Context, body []byte) ([]byte, error) {
	l.storm.up.RLock()
	l.mu.Lock()
	free := l.free
	l.mu.Unlock()
	l.storm.up.RUnlock()
	f := <-free
	defer func() { free <- f }()
	return f.Invoke(ctx, body)
}

func (l *onLambda) url() string     { return "" }
func (l *onLambda) metrics() string { return "" }
func (l *onLambda) log() string     { return l.out.String() }

func (l *onLambda) inspect(look func(store.Store) error) error { return look(l.accounts) }

func (l *onLambda) close() {
	_ = l.end(syscall.SIGKILL)
	l.items.Close()
}

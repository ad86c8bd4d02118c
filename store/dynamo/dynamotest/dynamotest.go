// Package dynamotest gives tests a real engine that speaks DynamoDB: dynalite, from npm, one process for all tests of
// a binary. No program imports it.
package dynamotest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trunkpass/trunkpass/store/dynamo"
)

// Region is the region that clients name; the engine takes any.
const Region = "eu-west-1"

// install is what a person types if the engine is not there.
const install = "npm ci --prefix store/dynamo/dynamotest"

// Engine is a running engine, empty at first. It lives as long as the test binary and is safe for concurrent use.
type Engine struct {
	// URL is where it listens, as in AWS_ENDPOINT_URL_DYNAMODB.
	URL    string
	node   *exec.Cmd
	stdin  io.Closer // the engine's life hangs on this pipe: it ends when this process does, however it does
	tables atomic.Int64
}

// Start gives the engine of this test binary, starting it for the first test that asks. It fails the test if the
// engine is not installed, saying how to do that.
func Start(tb testing.TB) *Engine {
	tb.Helper()
	e, err := started()
	if err != nil {
		tb.Fatalf("start DynamoDB for tests: %v", err)
	}
	return e
}

var started = sync.OnceValues(start)

func start() (*Engine, error) {
	folder, err := home()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "dynalite")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dynalite is not installed: run %s", install)
	}
	node := exec.Command("node", "engine.js")
	node.Dir = folder
	var problems strings.Builder
	node.Stderr = &problems
	stdin, err := node.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err = node.Start(); err != nil {
		return nil, err
	}
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = stdin.Close()
		_ = node.Wait()
		return nil, fmt.Errorf("engine ended at once: %s", problems.String())
	}
	return &Engine{URL: "http://127.0.0.1:" + strings.TrimSpace(port), node: node, stdin: stdin}, nil
}

// home finds the folder of this package from wherever in the module the test runs.
func home() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, "store", "dynamo", "dynamotest"), nil
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", errors.New("run outside the module")
		}
		folder = up
	}
	return "", err
}

// Table makes a table of its own for a test, as lambda/template.yaml makes it but for the time to live, which the
// engine does not know. The client may be set up further, as with a transport that goes wrong.
func (e *Engine) Table(tb testing.TB, options ...func(*dynamodb.Options)) (client *dynamodb.Client, table string) {
	tb.Helper()
	table = fmt.Sprintf("trunkpass-%d", e.tables.Add(1))
	plain := e.Client()
	if _, err := plain.CreateTable(tb.Context(), schema(table)); err != nil {
		tb.Fatalf("make table: %v", err)
	}
	ready := dynamodb.NewTableExistsWaiter(plain, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, 10*time.Millisecond
	})
	if err := ready.Wait(tb.Context(), &dynamodb.DescribeTableInput{TableName: &table}, 10*time.Second); err != nil {
		tb.Fatalf("wait for table: %v", err)
	}
	return e.Client(options...), table
}

// Client speaks to the engine, whatever table.
func (e *Engine) Client(options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: Region, BaseEndpoint: &e.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}, options...)
}

func schema(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:            &table,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String(dynamo.KeyAttribute), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String(dynamo.KeyAttribute), KeyType: types.KeyTypeHash}},
	}
}

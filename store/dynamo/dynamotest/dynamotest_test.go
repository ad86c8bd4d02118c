package dynamotest

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The engine ends when its standard input does, so that none is left when a test binary ends, however it does.
func TestEngineEndsWithItsInput(t *testing.T) {
	e, err := start()
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.Get(e.URL)
	if err != nil {
		t.Fatalf("is it there: %v", err)
	}
	if err := reply.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := e.stdin.Close(); err != nil {
		t.Errorf("close its input: %v", err)
	}
	if err := e.node.Wait(); err != nil {
		t.Errorf("engine: %v", err)
	}
}

func TestOneEngine(t *testing.T) {
	first := Start(t)
	if second := Start(t); first != second {
		t.Error("a second engine was started")
	}
}

// The table is as lambda/template.yaml says: a string for a key, nothing else, and no capacity to plan.
func TestTable(t *testing.T) {
	client, first := Start(t).Table(t)
	_, second := Start(t).Table(t)
	if first == second {
		t.Errorf("two tests share the table %s", first)
	}
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &first})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Table
	if len(d.KeySchema) != 1 || *d.KeySchema[0].AttributeName != "pk" || d.KeySchema[0].KeyType != types.KeyTypeHash ||
		len(d.AttributeDefinitions) != 1 || d.AttributeDefinitions[0].AttributeType != types.ScalarAttributeTypeS ||
		d.TableStatus != types.TableStatusActive || d.BillingModeSummary.BillingMode != types.BillingModePayPerRequest {
		t.Errorf("table %+v", d)
	}
}

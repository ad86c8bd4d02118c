// Command bare is the smallest Lambda function that aws-lambda-go makes: it takes an event and answers with an empty
// response. A cold start of the skill is measured against it (tests/peers), because nothing in Go starts faster.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type function struct{}

// Invoke answers any event with a response that says nothing.
func (function) Invoke(context.Context, []byte) ([]byte, error) {
	return []byte(`{"version":"1.0","response":{}}`), nil
}

func main() { lambda.Start(function{}) }

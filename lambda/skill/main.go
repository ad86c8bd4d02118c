// Command skill is the Lambda function that answers Alexa: one request envelope in, one response envelope out.
//
// Only Alexa may call it, and only for one skill: the template binds the permission to the skill's id, and the skill
// checks the id again. So there is no signature here. Everything at home in a process that lives for long (the garage,
// the embedded engine, the owner page) is not linked.
//
// Neighbors: lambda/setup makes what it hands on, intents/assembly puts the skill together.
package main

import (
	"io"
	"log/slog"
	"os"
	"time"
	_ "time/tzdata" // provided.al2023 has no time zones of its own

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/trunkpass/trunkpass/lambda/setup"
)

func main() {
	log := setup.Log(os.Stdout)
	f, err := start(os.Environ(), os.Stdout, log)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(f)
}

// start makes the function from its environment. It reaches no network.
func start(environment []string, out io.Writer, log *slog.Logger) (*function, error) {
	now, err := clock(environment)
	if err != nil {
		return nil, err
	}
	config, err := setup.Read[setup.SkillConfig](environment)
	if err != nil {
		return nil, err
	}
	return newFunction(config, now, out, log)
}

// turnBudget is the turn's share of the eight seconds that Alexa waits, transport included. What is kept back of it for
// the way out (setup.Begin) comes on top of what a turn at home may take.
const turnBudget = 7 * time.Second

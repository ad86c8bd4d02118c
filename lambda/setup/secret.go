package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// maxSecret is the largest secret that Secrets Manager keeps.
const maxSecret = 64 << 10

// Secret is one JSON object in Secrets Manager, or the part of it that a function needs: T. It is fetched when it is
// first asked for, and kept; after an error the next caller tries again. Safe for concurrent use.
type Secret[T any] struct {
	fetch func(context.Context) ([]byte, error)
	turn  chan struct{} // holds one token: who has it may fetch
	value *T            // guarded by turn
}

// OpenSecret names the configured secret. Nothing is fetched yet.
func OpenSecret[T any](c Base, client *http.Client) *Secret[T] {
	manager := c.secrets(client)
	return newSecret[T](func(ctx context.Context) ([]byte, error) {
		input := &secretsmanager.GetSecretValueInput{SecretId: &c.SecretARN}
		if c.SecretVersion != "" {
			input.VersionId = &c.SecretVersion
		}
		out, err := manager.GetSecretValue(ctx, input)
		if err != nil {
			return nil, err
		}
		if out.SecretString == nil {
			return out.SecretBinary, nil
		}
		return []byte(*out.SecretString), nil
	})
}

func newSecret[T any](fetch func(context.Context) ([]byte, error)) *Secret[T] {
	s := &Secret[T]{fetch: fetch, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// Get gives the secret. No error shows anything of it.
func (s *Secret[T]) Get(ctx context.Context) (T, error) {
	var none T
	select {
	case <-s.turn:
	case <-ctx.Done():
		return none, fmt.Errorf("read the secret: %w", ctx.Err())
	}
	defer func() { s.turn <- struct{}{} }()
	if s.value != nil {
		return *s.value, nil
	}
	text, err := s.fetch(ctx)
	if err != nil {
		return none, fmt.Errorf("read the secret: %w", err)
	}
	value, err := parseSecret[T](text)
	if err != nil {
		return none, fmt.Errorf("read the secret: %w", err)
	}
	s.value = &value
	return value, nil
}

// parseSecret decodes and checks. The errors of encoding/json may quote what they read, so they are not passed on.
func parseSecret[T any](text []byte) (T, error) {
	var value T
	if len(text) > maxSecret {
		return value, errors.New("it is too large")
	}
	if json.Unmarshal(text, &value) != nil {
		return value, errors.New("it is not the JSON object that docs/deploy.md describes")
	}
	return value, check(value)
}

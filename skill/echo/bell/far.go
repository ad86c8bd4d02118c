package bell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Far is a bell in another process, for an Echo there.
type Far struct {
	URL  string // as [Bell.URL] gives it
	HTTP *http.Client
}

// Waiting is [Bell.Waiting] over HTTP.
func (f Far) Waiting(ctx context.Context, user string) ([]string, error) {
	return f.ask(ctx, http.MethodGet, user)
}

// Read is [Bell.Read] over HTTP.
func (f Far) Read(ctx context.Context, user string) ([]string, error) {
	return f.ask(ctx, http.MethodDelete, user)
}

func (f Far) ask(ctx context.Context, method, user string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, method, f.URL+waitingPath+"?user="+url.QueryEscape(user), nil)
	if err != nil {
		return nil, errors.New("ask for notifications: the address is not one")
	}
	response, err := f.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for notifications: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing is left to lose
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for notifications: %s", response.Status)
	}
	var texts []string
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&texts); err != nil {
		return nil, errors.New("ask for notifications: the answer is not a list")
	}
	return texts, nil
}

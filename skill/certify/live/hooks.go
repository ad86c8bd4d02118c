package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/trunkpass/trunkpass/skill/certify"
)

// What a hook of the settings may take and answer.
const (
	hookPatience = 10 * time.Second
	maxEffects   = 64 << 20 // bytes
)

// effects is a text that changes when the skill has done something; known is false if nobody can tell.
func (s *suite) effects(ctx context.Context) (text string, known bool) {
	if !s.seesEffects() || ctx.Err() != nil {
		return "", false
	}
	ask := s.Effects
	if ask == nil {
		ask = func(ctx context.Context) (string, error) { return call(ctx, http.MethodGet, s.Settings.EffectsHook) }
	}
	text, err := ask(ctx)
	if err != nil {
		s.stop(fmt.Errorf("ask for the effects: %w", err))
		return "", false
	}
	return text, true
}

func (s *suite) seesEffects() bool { return s.Effects != nil || s.Settings.EffectsHook != "" }

func (s *suite) canReset(code certify.VoiceCode) bool { return s.Reset != nil || code.ResetHook != "" }

// fresh resets whatever the settings tell how to reset.
func (s *suite) fresh(ctx context.Context) {
	for _, code := range s.Settings.Codes {
		s.reset(ctx, code)
	}
}

// reset unlocks the voice code of the test account, if that is possible.
func (s *suite) reset(ctx context.Context, code certify.VoiceCode) {
	if !s.canReset(code) || ctx.Err() != nil {
		return
	}
	do := s.Reset
	if do == nil {
		do = func(ctx context.Context, code certify.VoiceCode) error {
			_, err := call(ctx, http.MethodPost, code.ResetHook)
			return err
		}
	}
	if err := do(ctx, code); err != nil {
		s.stop(fmt.Errorf("reset the voice code: %w", err))
	}
}

// call is one request to a hook. What it gives is the hash of the answer: whether it changed is all that anybody asks.
func call(ctx context.Context, method, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return "", fmt.Errorf("the hook answered %s", response.Status)
	}
	sum := sha256.New()
	read, err := io.Copy(sum, io.LimitReader(response.Body, maxEffects+1))
	if err == nil && read > maxEffects {
		err = fmt.Errorf("the hook answered more than %d bytes", int64(maxEffects))
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

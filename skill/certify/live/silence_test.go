package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/sampleskill"
)

// verdicts runs the suite, and gives the result of each check by its id.
func verdicts(t *testing.T, o Options) (map[string]certify.Result, certify.Coverage) {
	t.Helper()
	v := certify.NewVerdicts(certify.Checks())
	coverage, _, _, err := Run(t.Context(), o, v)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]certify.Result{}
	for _, r := range mine(v.Results()) {
		all[r.Check.ID] = r
	}
	return all, coverage
}

// A skill that answers nothing passes nothing, and nothing of it is covered.
func TestNoAnswerPassesNothing(t *testing.T) {
	for _, says := range []error{errors.New("404 Not Found"), errors.New("remote error: tls: handshake failure")} {
		o := library(t, sampleskill.Defect{})
		o.Send = func(context.Context, []byte) ([]byte, error) { return nil, says }
		results, coverage := verdicts(t, o)
		for id, r := range results {
			if r.Verdict == certify.Passed {
				t.Errorf("%v: %s passed over %d places", says, id, r.Looked)
			}
		}
		if results["FUN-7"].Verdict != certify.Failed || results["SEC-5"].Verdict != certify.NotRun {
			t.Errorf("FUN-7 is %s and SEC-5 is %s", results["FUN-7"].Verdict, results["SEC-5"].Verdict)
		}
		if coverage.Intents.Reached+coverage.Slots.Reached+coverage.Dialogs.Reached > 0 {
			t.Errorf("covered %+v", coverage)
		}
	}
}

// An endpoint that lets nobody in is asked once, and every check says what is needed.
func TestClosedDoor(t *testing.T) {
	for _, says := range []error{
		fmt.Errorf("%w: 400 Bad Request", ErrRefused), &tls.CertificateVerificationError{Err: errors.New("unknown authority")},
	} {
		o := library(t, sampleskill.Defect{})
		sent := 0
		o.Send = func(context.Context, []byte) ([]byte, error) { sent++; return nil, says }
		results, _ := verdicts(t, o)
		for id, r := range results {
			if r.Verdict != certify.NotRun || r.Why != results["FUN-8"].Why {
				t.Errorf("%v: %s is %s (%s)", says, id, r.Verdict, r.Why)
			}
		}
		if sent != 1 {
			t.Errorf("%v: asked %d times, want once", says, sent)
		}
	}
}

// Who only says "link your account" has not been heard, unless that is the question.
func TestWithoutATestAccount(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	o.Settings.Account.Token, o.Settings.Account.Public = "", nil
	o.Send = func(context.Context, []byte) ([]byte, error) {
		return []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"PlainText","text":"First, link your account."},` +
			`"card":{"type":"LinkAccount"},"shouldEndSession":true}}`), nil
	}
	results, _ := verdicts(t, o)
	for _, id := range []string{"FUN-6a", "FUN-8", "FUN-9", "FUN-11", "FUN-13b", "VUI-14", "PIN-1", "PIN-5c"} {
		if r := results[id]; r.Verdict != certify.NotRun || r.Why != noAccount {
			t.Errorf("%s is %s (%s), want not run without an account", id, r.Verdict, r.Why)
		}
	}
	if r := results["LINK-5"]; r.Verdict != certify.Passed {
		t.Errorf("LINK-5 is %s, want passed", r.Verdict)
	}
}

// What the run itself has changed is no fault of the code: a skill that has a reason not to act need not ask for one.
func TestNothingToOpen(t *testing.T) {
	o := library(t, sampleskill.Defect{})
	answer := o.Send
	o.Send = func(ctx context.Context, body []byte) ([]byte, error) {
		if bytes.Contains(body, []byte(`"name":"OpenLocker"`)) {
			return []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"PlainText","text":"There is nothing in your locker."},"shouldEndSession":true}}`), nil
		}
		return answer(ctx, body)
	}
	results, _ := verdicts(t, o)
	if r := results["PIN-1"]; r.Verdict != certify.NotRun {
		t.Errorf("PIN-1 is %s (%s), want not run: %+v", r.Verdict, r.Why, r.Findings)
	}
}

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

func TestOperatorFlags(t *testing.T) {
	const cloud = "--no-verify --cloud https://cloud.example --secrets s --public-url http://127.0.0.1:8080"
	for args, want := range map[string]string{
		cloud: "", "--no-verify": "",
		"--no-verify --cloud https://cloud.example": "--cloud and --secrets need each other\n--public-url is missing",
		"--no-verify --secrets s":                   "--cloud and --secrets need each other",
		"--no-verify --cloud http://cloud.example --secrets s --public-url http://127.0.0.1:1": "--cloud must be an https address",
		cloud + "/":          "--public-url must be an https address",
		cloud + "/skill":     "--public-url must be an https address",
		cloud + "?x=1":       "--public-url must be an https address",
		cloud + " --cloud x": "--cloud must be an https address",
	} {
		var said []string
		for _, problem := range parseServe(t, strings.Fields(args)...).problems() {
			said = append(said, problem.Error())
		}
		if got := strings.Join(said, "\n"); got != want && (want == "" || !strings.HasPrefix(got, want)) {
			t.Errorf("serve %s: %q, want %q", args, got, want)
		}
	}
}

// someSecrets is the file of a deployment, with a change.
func someSecrets(change func(map[string]any)) []byte {
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32))
	members := map[string]any{
		"pepper": key, "owner_session_keys": []string{key}, "owner_client_id": "owner-page", "owner_client_secret": "s3cr3t",
		"webhook_secrets": []string{"whsec_" + key}, "notify_client_id": "amzn1.x", "notify_client_secret": "s3cr3t",
	}
	change(members)
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return text
}

func TestReadSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.json")
	for _, row := range []struct {
		name, wrong string
		text        []byte
		mode        os.FileMode
	}{
		{"whole", "", someSecrets(func(map[string]any) {}), 0o600},
		{"open to others", "chmod 600", someSecrets(func(map[string]any) {}), 0o640},
		{"no JSON", "is not the JSON object", []byte("s3cr3t"), 0o600},
		{"too large", "is not the JSON object", bytes.Repeat([]byte(" "), maxSecrets+1), 0o600},
		{"empty", "pepper, owner_session_keys, owner_client_id, owner_client_secret, webhook_secrets, notify_client_id, notify_client_secret", []byte("{}"), 0o600},
		{"short pepper", ": pepper", someSecrets(func(m map[string]any) { m["pepper"] = "czNjcjN0" }), 0o600},
		{"short session key", ": owner_session_keys", someSecrets(func(m map[string]any) { m["owner_session_keys"] = []string{"czNjcjN0"} }), 0o600},
		{"another webhook secret", ": webhook_secrets", someSecrets(func(m map[string]any) { m["webhook_secrets"] = []string{"s3cr3t"} }), 0o600},
	} {
		if err := os.WriteFile(path, row.text, row.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, row.mode); err != nil {
			t.Fatal(err)
		}
		s, err := readSecrets(path)
		if (err == nil) != (row.wrong == "") || err != nil && !strings.Contains(err.Error(), row.wrong) {
			t.Errorf("%s: %v, want %q", row.name, err, row.wrong)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v %s", s, s, s, err), "s3cr3t") {
			t.Errorf("%s: a secret is shown", row.name)
		}
	}
	if _, err := readSecrets(path + "-nowhere"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// Somebody else's cloud: turns, the owner page, its webhooks and the metrics are served without a garage.
func TestServeAnotherCloud(t *testing.T) {
	folder := t.TempDir()
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(folder, "cloud.db"), Seed: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	file := filepath.Join(folder, "secrets.json")
	if err := os.WriteFile(file, someSecrets(func(map[string]any) {}), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	s := parseServe(t, "--no-verify", "--listen", "127.0.0.1:0", "--data", data, "--cloud", cloud.URL(), "--secrets", file,
		"--public-url", "http://127.0.0.1:8080").start(t, trust{})
	base := strings.TrimSuffix(s.alexa, "/alexa")
	for path, want := range map[string]string{"/owner/": "200 ", "/readyz": "200 ok", "/metrics": "200 # HELP", "/events": "405 "} {
		if got := fetched(t, base+path); !strings.HasPrefix(got, want) {
			t.Errorf("GET %s: %.80q, want %q", path, got, want)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "garage.db")); !os.IsNotExist(err) {
		t.Errorf("a garage was made all the same: %v", err)
	}
	response, err := http.Post(base+"/events", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode/100 != 4 {
		t.Errorf("an unsigned event is answered %s", response.Status)
	}
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, body)
}

func TestCheck(t *testing.T) {
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(t.TempDir(), "cloud.db"), Seed: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	file := filepath.Join(t.TempDir(), "secrets.json")
	if err := os.WriteFile(file, someSecrets(func(map[string]any) {}), 0o600); err != nil {
		t.Fatal(err)
	}
	served := func(url string) []string {
		return []string{"check", "--no-verify", "--cloud", url, "--secrets", file, "--public-url", "http://127.0.0.1:8080"}
	}
	for _, row := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"check", "--no-verify"}, exitOK, "the garage at home"},
		{served(cloud.URL()), exitOK, cloud.URL() + " answers as the contract says"},
		{served(cloud.ControlURL()), exitFailed, "wrong   dongle cloud"},
		{[]string{"check"}, exitFailed, "wrong   configuration  --application-id is missing"},
		{append(served(cloud.URL()), "--secrets", "/nowhere", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"), exitFailed, "wrong   configuration  open /nowhere"},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), row.args, streams{Out: &out, Err: &errs})
		if status != row.status || !strings.Contains(out.String(), row.want) {
			t.Errorf("%q: status %d, want %d; printed %q\n%s%s", row.args, status, row.status, row.want, out.String(), errs.String())
		}
		if row.status == exitOK && strings.Contains(out.String(), "wrong") {
			t.Errorf("%q:\n%s", row.args, out.String())
		}
	}
	if len(dongle.Contract) == 0 {
		t.Error("the contract is not aboard")
	}
}

// An owner who cannot sign in is forgotten with the Alexa users, once, by whoever has the file alone.
func TestForget(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "accounts.db")
	forgets := func(id string) (status int, said, complained string) {
		t.Helper()
		var out, errs bytes.Buffer
		status = run(t.Context(), []string{"forget", "--data", data, id}, streams{Out: &out, Err: &errs})
		return status, out.String(), errs.String()
	}
	if status, _, complained := forgets("own_1"); status != exitFailed || strings.Count(complained, "\n") != 1 {
		t.Errorf("without accounts: status %d, %q", status, complained)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("accounts were made")
	}
	accounts, err := embedded.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for n, id := range []string{"own_1", "own_2"} {
		for _, err := range []error{
			accounts.SwapPIN(ctx, id, 0, pin.Record{Hash: "a hash"}),
			accounts.SavePreferences(ctx, id, 1, store.Preferences{Nicknames: map[string]string{"veh_golf": "Bumblebee"}}),
			accounts.SaveUsers(ctx, id, 2, []string{"user-" + id}),
			accounts.SaveUser(ctx, store.User{ID: "user-" + id, Owner: id, Subscribed: true}),
		} {
			if err != nil {
				t.Fatalf("owner %d: %v", n, err)
			}
		}
	}
	if status, _, complained := forgets("own_1"); status != exitFailed || !strings.Contains(complained, "in use by another trunkpass") || strings.Count(complained, "\n") != 1 {
		t.Errorf("while a server runs: status %d, %q", status, complained)
	}
	if err := accounts.Close(); err != nil {
		t.Fatal(err)
	}
	if status, said, complained := forgets("own_1"); status != exitOK || complained != "" || !strings.Contains(said, "voice PIN      forgotten") ||
		!strings.Contains(said, "settings       forgotten") || !strings.Contains(said, "1 forgotten") || !strings.Contains(said, "dongle cloud") {
		t.Errorf("status %d, %q %q", status, said, complained)
	}
	for _, id := range []string{"own_1", "nobody", ""} {
		if status, said, complained := forgets(id); status != exitFailed || said != "" || strings.Count(complained, "\n") != 1 {
			t.Errorf("%q, of whom nothing is kept: status %d, %q %q", id, status, said, complained)
		}
	}
	if accounts, err = embedded.Open(path, time.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accounts.Close() })
	for id, kept := range map[string]bool{"own_1": false, "own_2": true} {
		a, err := accounts.Account(ctx, id)
		u, err2 := accounts.User(ctx, "user-"+id)
		if err != nil || err2 != nil || a.PIN.IsSet() != kept || (len(a.Users) > 0) != kept || (a.Preferences.Nicknames != nil) != kept || (u.Owner == id) != kept {
			t.Errorf("%s: %+v and %+v, want kept: %t; %v %v", id, a, u, kept, err, err2)
		}
	}
}

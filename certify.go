package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/trunkpass/trunkpass/lambda/runtimeapi"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify"
	"github.com/trunkpass/trunkpass/skill/certify/live"
	"github.com/trunkpass/trunkpass/skill/certify/probe"
	"github.com/trunkpass/trunkpass/skill/certify/report"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage"
)

// certifyCommand asks of a skill what Amazon will ask. Without a package and an endpoint it asks it of ours.
type certifyCommand struct {
	Package       string   `help:"Folder of the skill package (skill.json); ours if left out." placeholder:"DIR" type:"existingdir"`
	Linking       string   `help:"JSON of the account linking, if it lies somewhere else." placeholder:"FILE" type:"existingfile"`
	Settings      string   `help:"certify.toml: what a package cannot say." placeholder:"FILE" type:"existingfile"`
	Endpoint      string   `help:"Where the skill answers over HTTPS." placeholder:"URL" xor:"where"`
	Lambda        string   `help:"The program of a Lambda function, to be run here." placeholder:"FILE" type:"existingfile" xor:"where"`
	Env           []string `help:"Environment of the Lambda function; may be given again." placeholder:"NAME=VALUE"`
	ApplicationID string   `name:"application-id" help:"The skill's id; that of the settings if left out." placeholder:"ID"`
	Report        string   `help:"Write the report as one HTML file." placeholder:"FILE"`
	JUnit         string   `name:"junit" help:"Write the results for CI." placeholder:"FILE"`
	JSON          string   `name:"json" help:"Write everything as JSON." placeholder:"FILE"`
	Online        bool     `help:"Open the addresses that the package names."`
	Seed          uint64   `help:"Seed of what is left to chance." default:"1" placeholder:"N"`
	List          bool     `help:"List every check, and run none."`
}

// Run examines, talks, and writes down what came of it.
func (c certifyCommand) Run(ctx context.Context, s streams) error {
	if c.List {
		return listChecks(s.Out)
	}
	subject, err := c.subject(ctx)
	if err != nil {
		return err
	}
	defer subject.close()
	r, broken := c.examine(ctx, subject, progress(s.Err))
	if err := c.write(r); err != nil {
		return err
	}
	if err := report.Summary(s.Out, r); err != nil {
		return err
	}
	if broken != nil {
		return unreachable(broken)
	}
	if r.Verdict != certify.Passed {
		return errSaid
	}
	return nil
}

// subject is what is examined.
type subject struct {
	about    certify.Subject
	pack     *skillpackage.Package
	settings certify.Settings
	live     *live.Options  // nil without an endpoint
	probe    *probe.Options // nil without HTTP
	now      func() time.Time
	close    func()
}

// subject reads the package and finds the skill that goes with it.
func (c certifyCommand) subject(ctx context.Context) (s *subject, err error) {
	s = &subject{now: wallClock, close: func() {}}
	files, linking, settings := models.SkillPackage, models.AccountLinking, models.CertifySettings
	s.about = certify.Subject{Package: "our own", Seed: c.Seed, Versions: map[string]string{"go": runtime.Version()}}
	if build, ok := debug.ReadBuildInfo(); ok {
		s.about.Versions["trunkpass"] = build.Main.Version
	}
	if c.Package != "" {
		files, linking, settings, s.about.Package = os.DirFS(c.Package), nil, nil, c.Package
	}
	c.findFiles()
	for path, into := range map[string]*[]byte{c.Linking: &linking, c.Settings: &settings} {
		if path == "" {
			continue
		}
		if *into, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	if s.settings, err = certify.ReadSettings(bytes.NewReader(settings)); err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if len(settings) > 0 {
		sum := sha256.Sum256(settings)
		s.about.SettingsHash = hex.EncodeToString(sum[:])
	}
	s.about.Flags = c.flags()
	if c.ApplicationID != "" {
		s.settings.ApplicationID = c.ApplicationID
	}
	s.settings.Online = s.settings.Online || c.Online
	if s.pack, err = skillpackage.Read(files); err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	s.pack.AddLinking(linking)
	s.about.PackageHash, s.about.Locales = s.pack.Hash, s.pack.Locales()
	switch {
	case c.Endpoint != "":
		err = c.far(s)
	case c.Lambda != "":
		err = c.function(ctx, s)
	case c.Package == "":
		err = c.ours(ctx, s)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// findFiles looks for what was not named: the settings and the account linking in the folder of the package, or beside it.
func (c *certifyCommand) findFiles() {
	if c.Package == "" {
		return
	}
	for into, names := range map[*string][]string{
		&c.Settings: {"certify.toml"}, &c.Linking: {"accountLinking.json", "account-linking.json"},
	} {
		for _, folder := range []string{c.Package, filepath.Join(c.Package, "..")} {
			for _, name := range names {
				path := filepath.Join(folder, name)
				if info, err := os.Stat(path); *into == "" && err == nil && info.Mode().IsRegular() {
					*into = path
				}
			}
		}
	}
}

// flags are those that decide what a run does, for who wants to repeat it. What an environment holds is secret.
func (c certifyCommand) flags() []string {
	var all []string
	add := func(name, value string) {
		if value != "" {
			all = append(all, "--"+name+" "+value)
		}
	}
	add("package", c.Package)
	add("settings", c.Settings)
	add("linking", c.Linking)
	add("endpoint", c.Endpoint)
	add("lambda", c.Lambda)
	for _, pair := range c.Env {
		name, _, _ := strings.Cut(pair, "=")
		add("env", name+"=…")
	}
	add("application-id", c.ApplicationID)
	add("seed", strconv.FormatUint(c.Seed, 10))
	if c.Online {
		all = append(all, "--online")
	}
	return all
}

// examine runs every check that can be run. The error tells why the run was broken off; the report then holds what was found until
// then.
func (c certifyCommand) examine(ctx context.Context, s *subject, progress func(done, total int, what string)) (*certify.Report, error) {
	verdicts := certify.NewVerdicts(certify.Checks())
	began := wallClock()
	skillpackage.Examine(s.pack, s.settings, verdicts)
	if s.settings.Online {
		skillpackage.Open(ctx, http.DefaultClient, s.pack, verdicts)
	}
	r := &certify.Report{Subject: s.about, Mask: s.settings.Mask()}
	s.withoutEndpoint(verdicts)
	var broken error
	if s.live != nil {
		o := *s.live
		o.Skill, o.Settings, o.Now, o.NewID, o.Seed, o.Progress = live.Of(s.pack), s.settings, s.now, newID, c.Seed, progress
		r.Coverage, r.Latency, r.Exchanges, broken = live.Run(ctx, o, verdicts)
	}
	if s.probe != nil && broken == nil {
		var exchanges []certify.Exchange
		exchanges, broken = probe.Run(ctx, *s.probe, verdicts)
		r.Exchanges = append(r.Exchanges, exchanges...)
	}
	if broken != nil {
		r.BrokenOff = broken.Error()
		mark(certify.OfKind(certify.Live, certify.Code, certify.Probe), verdicts.NotRun, "the run was broken off")
	}
	r.Results = verdicts.Results()
	r.Verdict = certify.Judged(r.Results)
	if broken != nil {
		r.Verdict = certify.Failed
	}
	var why string
	if r.Scope, why = certify.Scope(r.Results); why != "" && broken == nil {
		r.Notes = append(r.Notes, "the skill itself was not examined: "+why)
	}
	r.Subject.Started, r.Subject.Took = began.UTC(), wallClock().Sub(began)
	return r, broken
}

// withoutEndpoint says of what cannot be looked at why.
func (s *subject) withoutEndpoint(v *certify.Verdicts) {
	switch {
	case s.live == nil:
		mark(certify.OfKind(certify.Live, certify.Code, certify.Probe), v.NotRun, "no endpoint given")
	case s.probe == nil:
		mark(certify.OfKind(certify.Probe), v.NotApplicable, "not reached over HTTP")
	}
}

func mark(checks []certify.Check, as func(id, why string), why string) {
	for _, c := range checks {
		as(c.ID, why)
	}
}

// unreachable is a matter of usage: there is nothing to judge.
func unreachable(err error) error {
	if errors.Is(err, live.ErrUnreachable) || errors.Is(err, probe.ErrUnreachable) {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return err
}

// far is a skill behind HTTPS.
func (c certifyCommand) far(s *subject) error {
	if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: --endpoint needs an address such as https://host/alexa", errUsage)
	}
	s.about.Endpoint = c.Endpoint
	var signer *probe.Signer
	if file := s.settings.Signature.Key; file != "" {
		key, err := os.ReadFile(file)
		if err == nil {
			signer, err = probe.NewSigner(key, s.settings.Signature.ChainURL)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	s.live = &live.Options{Send: func(ctx context.Context, body []byte) ([]byte, error) {
		return postSigned(ctx, c.Endpoint, body, signer)
	}}
	s.probe = &probe.Options{
		Endpoint: c.Endpoint, ApplicationID: s.settings.ApplicationID, Locale: firstOf(s.about.Locales), Signer: signer,
		Now: wallClock, NewID: newID,
	}
	return nil
}

func firstOf(locales []string) string {
	if len(locales) == 0 {
		return ""
	}
	return locales[0]
}

// function is a skill as a program for Lambda. There is no signature to probe: nobody but Alexa may invoke it.
func (c certifyCommand) function(ctx context.Context, s *subject) error {
	if err := s.names(c.Lambda); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	function, err := runtimeapi.Start(ctx, runtimeapi.Options{Bootstrap: c.Lambda, Env: c.Env})
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	s.close = func() { _ = function.Close() }
	s.live = &live.Options{Send: function.Invoke}
	return nil
}

// names says which program it is that answers.
func (s *subject) names(path string) error {
	program, err := os.Open(path)
	if err != nil {
		return err
	}
	defer program.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, program); err != nil {
		return err
	}
	s.about.Binary, s.about.BinaryHash = filepath.Base(path), hex.EncodeToString(sum.Sum(nil))
	return nil
}

// write writes the reports that were asked for.
func (c certifyCommand) write(r *certify.Report) error {
	for path, render := range map[string]func(io.Writer, *certify.Report) error{c.Report: report.HTML, c.JUnit: report.JUnit, c.JSON: report.JSON} {
		if path == "" {
			continue
		}
		var out bytes.Buffer
		if err := render(&out, r); err != nil {
			return err
		}
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

func listChecks(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tIMPORTANCE\tKIND\tASKS\tSOURCE")
	for _, check := range certify.Checks() {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", check.ID, check.Importance, check.Kind, check.Asks, check.Source)
	}
	return table.Flush()
}

const barWidth = 30

// progress draws a bar on a terminal, and nothing anywhere else.
func progress(out io.Writer) func(done, total int, what string) {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(done, total int, what string) {
		filled := barWidth * done / max(total, 1)
		line := []rune(fmt.Sprintf("[%s%s] %d/%d %s", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), done, total, what))
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			line = line[:min(len(line), width-1)] // a longer one would begin a new line with every step
		}
		_, _ = fmt.Fprint(out, "\r\033[K"+string(line))
		if done == total {
			_, _ = fmt.Fprint(out, "\r\033[K")
		}
	}
}

// postSigned sends a request as Alexa does. Without a signer it is unsigned, and an endpoint that verifies refuses it.
func postSigned(ctx context.Context, target string, body []byte, signer *probe.Signer) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	if signer != nil {
		if err := signer.Sign(request.Header, body); err != nil {
			return nil, err
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil || response.StatusCode == http.StatusOK:
	case response.StatusCode == http.StatusBadRequest:
		err = fmt.Errorf("%w with %s", live.ErrRefused, response.Status)
	default:
		err = fmt.Errorf("the skill answered %s", response.Status)
	}
	return answer, err
}

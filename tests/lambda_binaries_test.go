package tests

import (
	"archive/zip"
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unlinked lists what must not be in a function: it would cost every cold start, or let a function do what it is not
// for. A name that ends in a slash stands for all beneath it.
var unlinked = map[string][]string{
	"skill": {
		module + "/owner/pages", module + "/owner/session", module + "/owner/word", module + "/skill/notify", module + "/skill/endpoint",
		"html/template",
	},
	"owner": {
		module + "/intents/", module + "/owner/word", module + "/skill/notify", module + "/skill/endpoint", module + "/skill/screen",
		module + "/models", "github.com/nicksnyder/",
	},
	"events": {
		module + "/intents/", module + "/owner/pages", module + "/owner/session", module + "/owner/linked", module + "/skill/endpoint",
		module + "/skill/screen", "html/template",
	},
}

// everywhere lists what must be in none of them.
var everywhere = []string{
	module + "/store/embedded", module + "/store/storetest", module + "/store/dynamo/dynamotest", module + "/vehicle/garage/",
	module + "/vehicle/vehicletest", module + "/skill/echo/", module + "/skill/certify/", module + "/lambda/runtimeapi",
	"go.etcd.io/", "github.com/go-oauth2/", "github.com/golang-jwt/", "github.com/alecthomas/", "github.com/peterh/", "github.com/chromedp/",
	"github.com/prometheus/", "github.com/getkin/", "github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/feature/",
	"github.com/aws/aws-sdk-go-v2/service/sts", "github.com/aws/aws-sdk-go-v2/service/sso", "net/rpc", "net/http/httptest",
	"net/http/pprof", "expvar", "testing",
}

// Hours are spoken and shown, and Lambda's machine knows no time zone. Webhooks tell none.
const zones = "time/tzdata"

func TestFunctionsLinkOnlyWhatTheyNeed(t *testing.T) {
	for function, not := range unlinked {
		all := linkedInto(t, function)
		if got, want := slices.Contains(all, zones), function != "events"; got != want {
			t.Errorf("lambda/%s links the time zones: %t, want %t", function, got, want)
		}
		for _, imported := range all {
			if i := slices.IndexFunc(slices.Concat(not, everywhere), func(name string) bool { return under(imported, name) }); i >= 0 {
				t.Errorf("lambda/%s links %s", function, imported)
			}
		}
	}
}

func under(imported, name string) bool {
	tree, isTree := strings.CutSuffix(name, "/")
	return imported == tree || isTree && strings.HasPrefix(imported, name)
}

// linkedInto lists the packages of a function as it is shipped.
func linkedInto(t *testing.T, function string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", module+"/lambda/"+function).Output()
	if err != nil {
		t.Fatalf("list what lambda/%s links: %v", function, err)
	}
	return strings.Fields(string(out))
}

// The clock of the stories is nowhere in what is shipped.
func TestShippedSkillHasOneClock(t *testing.T) {
	story, err := storySkill()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{shipped(t, "skill"): false, story: true} {
		program, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(program, []byte("TRUNKPASS_STORY_CLOCK")); got != want {
			t.Errorf("%s knows the clock of the stories: %t, want %t", filepath.Base(path), got, want)
		}
	}
}

// The zips are the same byte for byte from two checkouts in two places.
func TestZipsAreReproducible(t *testing.T) {
	t.Parallel()
	var zips [2][]byte
	for i := range zips {
		checkout := filepath.Join(t.TempDir(), "checkout")
		copyModule(t, checkout)
		pack := exec.Command("go", "run", "./lambda/pack", "-out", "packed", "-arch", "amd64", "events")
		pack.Dir = checkout
		if out, err := pack.CombinedOutput(); err != nil {
			t.Fatalf("pack: %v\n%s", err, out)
		}
		var err error
		if zips[i], err = os.ReadFile(filepath.Join(checkout, "packed", "amd64", "events.zip")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("two checkouts make two different zips")
	}
	files, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil {
		t.Fatal(err)
	}
	if len(files.File) != 1 || files.File[0].Name != "bootstrap" || files.File[0].Mode() != 0o755 {
		t.Fatalf("the zip holds %d files, the first %s with mode %s", len(files.File), files.File[0].Name, files.File[0].Mode())
	}
	packed, err := files.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	var program bytes.Buffer
	if _, err := program.ReadFrom(packed); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.Read(bytes.NewReader(program.Bytes()))
	if err != nil || info.Path != module+"/lambda/events" {
		t.Errorf("the program is %v, %v", info, err)
	}
	if len(program.Bytes()) == 0 || bytes.Contains(program.Bytes(), []byte(os.TempDir()+"/")) {
		t.Error("the program tells where it was built")
	}
}

// copyModule copies what the build reads.
func copyModule(t *testing.T, to string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.Module.Dir}}`, module).Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(out))
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum", "lambda", "models", "owner", "skill", "store", "vehicle"} {
		from := filepath.Join(root, name)
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			copyFolder(t, from, filepath.Join(to, name))
			continue
		}
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// copyFolder copies a folder without the packages of npm.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

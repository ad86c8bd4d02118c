package tests

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/trunkpass/trunkpass"

// room says what of ours the packages of one folder may import. A folder that ends in "/..." stands for
// itself and all beneath it; "." is the root. The longest row that fits a package is its row.
type room struct {
	folder string
	may    []string
	why    string
}

// rooms is the direction of imports: from language and domain outward to the program. Every package has a
// row, so that a new one is a decision. Tests may import what they like: a conformance suite has to.
var rooms = []room{
	{"models", nil, "language alone, so that a translator needs no car and no Alexa"},
	{"vehicle", nil, "the domain: whoever it imported would bind every car to Alexa or to one cloud"},
	{"vehicle/dongle", []string{"vehicle", "vehicle/dongle/wire"}, "a driver fills the port of package vehicle and knows nobody who uses it"},
	{"vehicle/dongle/wire", nil, "generated from the contract, which is all that both sides share"},
	{"vehicle/garage/...", []string{"vehicle", "vehicle/dongle/wire", "vehicle/garage/..."}, "the other side of the contract: what it borrowed from the client it could not prove"},
	{"vehicle/vehicletest", []string{"vehicle"}, "a suite for every driver names none"},
	{"skill", []string{"models", "skill/screen", "skill/speech"}, "Alexa's side knows no car, so that it can be tested and reused without one"},
	{"skill/endpoint", []string{"skill"}, "who may call is decided without knowing what is asked for"},
	{"skill/endpoint/endpointtest", nil, "a certificate authority for tests needs nothing of what it is tried on"},
	{"skill/trace", nil, "an id and a log travel through everything and know nothing of it"},
	{"skill/notify", nil, "Alexa's notifications know no car and no store"},
	{"skill/certify", nil, "the table of checks and what came of them know no skill"},
	{"skill/certify/report", []string{"skill/certify"}, "it renders what was found"},
	{"skill/certify/skillpackage", []string{"models", "skill/certify", "skill/certify/skillpackage/utterance"}, "a package is read as a file, whoever's it is"},
	{"skill/certify/skillpackage/utterance", []string{"models"}, "words of a model and nothing behind them"},
	{"skill/certify/live", []string{"models", "skill", "skill/certify", "skill/certify/live/alexa", "skill/certify/live/words", "skill/certify/skillpackage", "skill/echo"}, "it talks to any skill, and knows none"},
	{"skill/certify/live/alexa", []string{"models", "skill"}, "it puts requests together as Alexa does"},
	{"skill/certify/live/words", nil, "language and nothing else"},
	{"skill/certify/probe", []string{"skill", "skill/certify", "skill/certify/live/alexa"}, "it attacks an endpoint, whatever stands behind"},
	{"skill/certify/sampleskill", nil, "a skill of another kind shares nothing with ours"},
	{"skill/screen", nil, "layouts without language: the words come from whoever fills them"},
	{"skill/speech", []string{"models"}, "sentences know neither Alexa's envelope nor cars"},
	{"skill/pin", nil, "the lock depends on nothing that could be talked into opening it"},
	{"skill/device", []string{"skill"}, "Alexa's device services for the skill, and no car"},
	{"skill/echo/...", []string{"models", "skill", "skill/echo/..."}, "the pretend Echo knows what a real one knows: the model and the wire"},
	{"store", []string{"skill/pin"}, "the port of the accounts: types and contract, no engine"},
	{"store/form", []string{"skill/pin", "store"}, "how parts of an item are spelled, for every engine"},
	{"store/embedded", []string{"skill/pin", "store", "store/form"}, "an engine fills the port and knows nobody who uses it"},
	{"store/dynamo", []string{"skill/pin", "store", "store/form"}, "an engine fills the port and knows nobody who uses it"},
	{"store/dynamo/dynamotest", []string{"store/dynamo"}, "an engine for tests knows the table it must make"},
	{"store/storetest", []string{"skill/pin", "store"}, "a suite for every engine names none"},
	{"intents", []string{"intents/access", "intents/account", "intents/command", "intents/ground", "intents/health", "intents/history", "skill", "skill/speech"}, "the table lists the conversations and knows nothing of what they do"},
	{"intents/assembly", []string{"intents", "models", "skill", "skill/device", "skill/speech"}, "it puts conversations and speech together, and is handed the world"},
	{"intents/access", []string{"intents/ground", "skill", "skill/pin", "skill/screen", "skill/speech", "store", "vehicle"}, "conversations speak to ports; which cloud and which engine stand behind them is for main to say"},
	{"intents/account", []string{"intents/ground", "skill", "skill/pin", "skill/speech", "store", "vehicle"}, "conversations speak to ports; which cloud and which engine stand behind them is for main to say"},
	{"intents/command", []string{"intents/ground", "skill", "skill/pin", "skill/speech", "store", "vehicle"}, "conversations speak to ports; which cloud and which engine stand behind them is for main to say"},
	{"intents/ground", []string{"skill", "skill/device", "skill/pin", "skill/screen", "skill/speech", "store", "vehicle"}, "the ports are declared here, and filled by main"},
	{"intents/ground/groundtest", []string{"skill"}, "it reads acts aloud and knows no conversation"},
	{"intents/health", []string{"intents/ground", "skill", "skill/screen", "skill/speech", "vehicle"}, "conversations speak to ports; a look at a car needs no PIN and no store"},
	{"intents/history", []string{"intents/ground", "skill", "skill/pin", "skill/screen", "skill/speech", "store", "vehicle"}, "conversations speak to ports; which cloud and which engine stand behind them is for main to say"},
	{"owner", []string{"owner/pages", "owner/session", "skill/pin", "store", "vehicle"}, "the page speaks to ports and knows no Alexa"},
	{"owner/pages", nil, "pages are filled by whoever knows"},
	{"owner/session", []string{"vehicle"}, "a sealed box and a sign-in know of the domain what a token is"},
	{"owner/linked", []string{"skill", "skill/pin", "store", "vehicle"}, "it keeps whom an account is linked to, and speaks to ports"},
	{"owner/word", []string{"skill/notify", "skill/speech", "store", "vehicle", "vehicle/dongle"}, "from the cloud's message to Alexa's notice, and no engine"},
	{"lambda/setup", []string{"skill/pin", "skill/trace", "store/dynamo", "vehicle", "vehicle/dongle"}, "what the functions on AWS share, and nothing that only runs at home"},
	{"lambda/emf", []string{"skill/pin", "vehicle"}, "it writes down what others report"},
	{"lambda/functionurl", []string{"lambda/setup"}, "an event becomes a request, whatever it asks for"},
	{"lambda/pack", nil, "a zip is a zip"},
	{"lambda/runtimeapi", nil, "a pretend Lambda runs any function"},
	{"lambda/skill", []string{"intents", "intents/assembly", "lambda/emf", "lambda/setup", "owner/linked", "skill", "skill/device"}, "it wires one function; what must not be linked at all is another test's"},
	{"lambda/owner", []string{"lambda/emf", "lambda/functionurl", "lambda/setup", "owner", "skill/pin", "vehicle"}, "it wires one function; what must not be linked at all is another test's"},
	{"lambda/events", []string{"lambda/emf", "lambda/functionurl", "lambda/setup", "models", "owner/word", "skill/notify", "skill/trace", "vehicle/dongle"}, "it wires one function; what must not be linked at all is another test's"},
	{"tests/peers/bare", nil, "what a function is measured against does nothing"},
	{".", []string{"..."}, "main wires, so it may see everything"},
}

// home says where alone a dependency may be imported.
type home struct {
	prefix  string
	folders []string
	why     string
}

var homes = []home{
	{"github.com/aws/", []string{"lambda/...", "store/dynamo/...", "tests/peers/bare"}, "AWS is one place to run, and the program runs without"},
	{"go.etcd.io/bbolt", []string{"store/embedded", "vehicle/garage/..."}, "an engine is behind a port, or inside the pretend cloud"},
	{"golang.org/x/crypto/argon2", []string{"skill/pin"}, "one place decides what a hash costs"},
	{"github.com/go-oauth2/", []string{"vehicle/garage/..."}, "the pretend cloud is the only authorization server here"},
	{"github.com/standard-webhooks/", []string{"vehicle/dongle", "vehicle/garage/..."}, "signatures of webhooks are between the clouds"},
	{"github.com/prometheus/", []string{"."}, "only the program at home is asked for its metrics"},
	{"github.com/caarlos0/env/", []string{"lambda/setup"}, "only a function is configured by its environment alone"},
	{"github.com/alecthomas/kong", []string{"."}, "only the program has a command line"},
	{"github.com/peterh/liner", []string{"."}, "only the program has a terminal"},
}

// fits tells how closely a row's folder fits a package's: the length of what they share, or -1.
func fits(folder, pkg string) int {
	tree, isTree := strings.CutSuffix(folder, "...")
	switch {
	case folder == pkg:
		return len(pkg) + 1
	case isTree && strings.HasPrefix(pkg+"/", tree):
		return len(tree)
	}
	return -1
}

func fitsAny(folders []string, pkg string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return fits(f, pkg) >= 0 })
}

func roomOf(pkg string) (best room, found bool) {
	closest := -1
	for _, r := range rooms {
		if c := fits(r.folder, pkg); c > closest {
			best, closest = r, c
		}
	}
	return best, closest >= 0
}

// forbidden lists what is wrong with one package's imports, in words.
func forbidden(pkg string, imports []string) []string {
	own, ok := roomOf(pkg)
	if !ok {
		return []string{fmt.Sprintf("%s has no row in rooms: say what it may import, and why", pkg)}
	}
	var wrong []string
	for _, imported := range imports {
		if inner, ours := strings.CutPrefix(imported, module+"/"); ours && !fitsAny(own.may, inner) {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", pkg, inner, own.why))
		}
		for _, h := range homes {
			if strings.HasPrefix(imported, h.prefix) && !fitsAny(h.folders, pkg) {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", pkg, imported, h.why))
			}
		}
	}
	return wrong
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for pkg, imports := range packages(t) {
		for _, wrong := range forbidden(pkg, imports) {
			t.Error(wrong)
		}
		r, _ := roomOf(pkg)
		seen[r.folder] = true
	}
	for _, r := range rooms {
		if !seen[r.folder] {
			t.Errorf("the row of %s stands for no package", r.folder)
		}
	}
}

// packages lists every package of the module by folder, with what its program files import. It reads the
// files itself, whatever their build tags: so go test knows what the answer hangs on and when to ask again.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case d.IsDir() && (name == "testdata" || name == "node_modules" || name != "." && name[0] == '.'):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := found[path.Dir(file)]
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		found[path.Dir(file)] = imports
		return nil
	})
	if err != nil {
		t.Fatalf("read the packages: %v", err)
	}
	return found
}

// The checker itself: what must be caught is caught, and what is right passes.
func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		pkg, imports string
		want         bool
	}{
		{"vehicle", module + "/skill", true},
		{"skill", module + "/vehicle", true},
		{"skill", module + "/skill/pin", true},
		{"skill", module + "/skill/speech", false},
		{"intents/ground", module + "/store", false},
		{"intents/ground", module + "/store/embedded", true},
		{"intents/access", module + "/vehicle/garage", true},
		{"vehicle/garage", module + "/vehicle/garage/sim", false},
		{"vehicle/garage/sim", module + "/vehicle/dongle", true},
		{"skill/echo/spoken", module + "/intents", true},
		{".", module + "/vehicle/garage", false},
		{"novelty", "fmt", true},
		{"intents", "go.etcd.io/bbolt", true},
		{"store/embedded", "go.etcd.io/bbolt/errors", false},
		{"intents", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"intents", "github.com/alecthomas/kong", true},
		{".", "github.com/alecthomas/kong", false},
	} {
		if got := forbidden(tt.pkg, []string{tt.imports}); (len(got) > 0) != tt.want {
			t.Errorf("%s imports %s: %q, want forbidden %t", tt.pkg, tt.imports, got, tt.want)
		}
	}
}

// The linter says the same in an editor, before any test runs. Its rules are written from these tables.
func TestLinterKnowsTheRules(t *testing.T) {
	const begin, end = "        # imports: from tests/imports_test.go\n", "        # imports: end\n"
	config, err := os.ReadFile("../.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(config), begin)
	got, _, found := strings.Cut(rest, end)
	if want := depguard(); !found || got != want {
		t.Errorf("the rules of depguard in .golangci.yml differ; between its two marks belongs:\n%s%s%s", begin, want, end)
	}
}

// depguard writes the tables as rules for the linter of that name.
func depguard() string {
	var b strings.Builder
	rule := func(name string, files []string) {
		fmt.Fprintf(&b, "        %s:\n          list-mode: lax\n          files:\n", name)
		for _, f := range append(files, "!$test") {
			fmt.Fprintf(&b, "            - \"%s\"\n", f)
		}
	}
	for _, r := range rooms {
		if r.folder == "." {
			continue // may import everything
		}
		rule(strings.ReplaceAll(strings.TrimSuffix(r.folder, "/..."), "/", "-"), []string{files(r.folder)})
		fmt.Fprintf(&b, "          deny:\n            - pkg: %s\n              desc: \"%s\"\n", module, r.why)
		if len(r.may) > 0 {
			b.WriteString("          allow:\n")
		}
		for _, m := range r.may {
			exact := m + "$"
			if tree, isTree := strings.CutSuffix(m, "/..."); isTree {
				exact = tree
			}
			fmt.Fprintf(&b, "            - %s/%s\n", module, exact)
		}
	}
	for _, h := range homes {
		elsewhere := []string{"$all"}
		for _, f := range h.folders {
			elsewhere = append(elsewhere, "!"+files(f))
		}
		name := strings.NewReplacer("github.com/", "", "/", "-", ".", "-").Replace(strings.TrimSuffix(h.prefix, "/"))
		rule("home-of-"+name, elsewhere)
		fmt.Fprintf(&b, "          deny:\n            - pkg: %s\n              desc: \"%s\"\n", h.prefix, h.why)
	}
	return b.String()
}

// files is the pattern of a folder's Go files.
func files(folder string) string {
	if folder == "." {
		return "${base-path}/*.go"
	}
	if tree, isTree := strings.CutSuffix(folder, "/..."); isTree {
		return "${base-path}/" + tree + "/**.go"
	}
	return "${base-path}/" + folder + "/*.go"
}

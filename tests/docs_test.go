package tests

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/trunkpass/trunkpass/lambda/setup"
)

// What people read at their desk and at three in the morning names files, tests, flags, alarms and metrics. Whoever
// renames one of them hears of it here.

// pages are the documents, by their path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	read := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "models/*.md", "models/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			read[strings.TrimPrefix(filepath.ToSlash(path), "../")] = fileText(t, path)
		}
	}
	return read
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	read := pages(t)
	if len(read) < 15 {
		t.Fatalf("found %d pages", len(read))
	}
	for path, text := range read {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, anchor, anchored := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue // somebody else's page
			}
			to := path
			if target != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(path), target))
			}
			if _, err := os.Stat(filepath.Join("..", to)); err != nil {
				t.Errorf("%s: %s leads nowhere", path, found[1])
			} else if anchored && !slices.Contains(anchors(read[to]), anchor) {
				t.Errorf("%s: nothing in %s is headed %s", path, to, anchor)
			}
		}
	}
}

// anchors are the headings of a page as links name them (GitHub): lower case, a dash for a blank, no punctuation.
func anchors(text string) (all []string) {
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, h[1]))
	}
	return all
}

// mentions gives each thing that a page names in a certain way, once.
func mentions(t *testing.T, file, pattern string) []string {
	t.Helper()
	once := map[string]bool{}
	for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(fileText(t, filepath.Join("..", file)), -1) {
		once[found[1]] = true
	}
	if len(once) == 0 {
		t.Errorf("%s names nothing like %s", file, pattern)
	}
	return slices.Sorted(maps.Keys(once))
}

func TestSecurityNamesTests(t *testing.T) {
	written := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, found := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(fileText(t, path), -1) {
				written[found[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mentions(t, "docs/security.md", `\b((?:Test|Fuzz)[A-Z]\w*)`) {
		if !written[name] {
			t.Errorf("there is no %s", name)
		}
	}
	for _, name := range mentions(t, "docs/security.md", "`([a-z]+(?:-[a-z]+)+)`") {
		if _, err := os.Stat(filepath.Join("conversations", "en-US", name+".txtar")); err != nil {
			t.Errorf("there is no story %s", name)
		}
	}
}

// operators are the pages that must be right when nobody is there to ask.
var operators = []string{"docs/deploy.md", "docs/operate.md"}

func TestOperatorsPagesNameFlagsAndVariables(t *testing.T) {
	said, stderr, status := trunkpass(t, "serve", "--help")
	if status != 0 {
		t.Fatal(stderr)
	}
	help := strings.ReplaceAll(said, "--[no-]", "--no-")
	known := slices.Concat(configVariables(reflect.TypeFor[setup.SkillConfig]()), configVariables(reflect.TypeFor[setup.OwnerConfig]()),
		configVariables(reflect.TypeFor[setup.EventsConfig]()))
	whole := func(text, word string) bool {
		return regexp.MustCompile(regexp.QuoteMeta(word) + `($|[^A-Z_a-z-])`).MatchString(text)
	}
	for _, file := range operators {
		joined := strings.ReplaceAll(fileText(t, filepath.Join("..", file)), "\\\n", "")
		for _, name := range regexp.MustCompile(`TRUNKPASS_[A-Z_]+`).FindAllString(joined, -1) {
			if !whole(help, name) && !slices.Contains(known, name) {
				t.Errorf("%s: nothing reads %s", file, name)
			}
		}
		ours := regexp.MustCompile("(?m)\\btrunkpass (?:serve|check) .*$|`--[a-z-]+`").FindAllString(joined, -1)
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(strings.Join(ours, "\n"), -1) {
			if !whole(help, flag) {
				t.Errorf("%s: serve has no %s", file, flag)
			}
		}
	}
}

// The object that deploy.md shows has the members that are read, at home and by the functions.
func TestSecretIsDescribed(t *testing.T) {
	_, block, _ := strings.Cut(fileText(t, "../docs/deploy.md"), "```json\n")
	block, _, _ = strings.Cut(block, "```")
	var shown map[string]any
	if err := json.Unmarshal([]byte(block), &shown); err != nil {
		t.Fatal(err)
	}
	_, declared, _ := strings.Cut(fileText(t, "../operator.go"), "type secrets struct {")
	declared, _, _ = strings.Cut(declared, "\n}")
	var read []string
	for _, tag := range regexp.MustCompile(`json:"(\w+)"`).FindAllStringSubmatch(declared, -1) {
		read = append(read, tag[1])
	}
	slices.Sort(read)
	if got := slices.Sorted(maps.Keys(shown)); !slices.Equal(got, read) {
		t.Errorf("docs/deploy.md shows %q, serve reads %q", got, read)
	}
}

func TestOperatorsPagesNameAlarmsAndMetrics(t *testing.T) {
	template := readTemplate(t)
	var alarms []string
	for name, r := range template.Resources {
		if r.Type == "AWS::CloudWatch::Alarm" {
			alarms = append(alarms, name)
		}
	}
	slices.Sort(alarms)
	_, table, _ := strings.Cut(fileText(t, "../docs/operate.md"), "| alarm |")
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(table, -1) {
		told = append(told, row[1])
	}
	slices.Sort(told)
	if !slices.Equal(told, alarms) {
		t.Errorf("docs/operate.md explains %q, the template rings %q", told, alarms)
	}
	for _, name := range mentions(t, "docs/deploy.md", "`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`") {
		_, output := template.Outputs[name]
		if _, parameter := template.Parameters[name]; !parameter && !output {
			t.Errorf("docs/deploy.md: the template has no %s", name)
		}
	}
	counted := fileText(t, "../metrics.go")
	for _, name := range mentions(t, "docs/operate.md", `\b(trunkpass_[a-z_]+)`) {
		base := regexp.MustCompile(`^trunkpass_|_(bucket|count|sum)$`).ReplaceAllString(name, "")
		if !strings.Contains(counted, `"`+base+`"`) {
			t.Errorf("docs/operate.md: nothing counts %s", name)
		}
	}
}

func TestPagesNameMakeTargets(t *testing.T) {
	makefile := fileText(t, "../Makefile")
	for path, text := range pages(t) {
		for _, found := range regexp.MustCompile("(?m)(?:^|`|&& )make ([a-z]+)").FindAllStringSubmatch(text, -1) {
			if !strings.Contains(makefile, "\n"+found[1]+":") {
				t.Errorf("%s: there is no make %s", path, found[1])
			}
		}
	}
}

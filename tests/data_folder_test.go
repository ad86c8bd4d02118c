package tests

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// What stands in a data folder is refused if it is damaged or somebody else's, in one line that names it,
// and stays as it is to the byte.
func TestDamagedData(t *testing.T) {
	damages := map[string]func(good []byte) []byte{
		"cut short":    func(good []byte) []byte { return good[:3*os.Getpagesize()] }, // behind the roots, where all they hold is
		"one page":     func(good []byte) []byte { return good[:os.Getpagesize()] },
		"text":         func([]byte) []byte { return []byte("Dear diary,\n") },
		"overwritten":  func(good []byte) []byte { return bytes.Repeat([]byte("x"), len(good)) },
		"zeros inside": func(good []byte) []byte { clear(good[2*os.Getpagesize():]); return good },
		"zeros":        func(good []byte) []byte { clear(good); return good },
		"another's":    anotherProgram(t),
	}
	for _, file := range []string{"accounts.db", "garage.db"} {
		for name, damage := range damages {
			t.Run(file+" "+name, func(t *testing.T) {
				t.Parallel()
				data := newData(t)
				spoil(t, filepath.Join(data, file), damage)
				refusesData(t, data, file, "say", "help")
				if name == "text" {
					refusesData(t, data, file, "serve", "--no-verify", "--listen", "127.0.0.1:0")
					refusesData(t, data, file, "courier", "--carrier", "ups", "list")
				}
			})
		}
	}
	for name, damage := range map[string]func([]byte) []byte{
		"short": func(good []byte) []byte { return good[:len(good)-1] },
		"long":  func(good []byte) []byte { return append(good, '\n') },
		"empty": func([]byte) []byte { return nil },
	} {
		t.Run("pepper "+name, func(t *testing.T) {
			t.Parallel()
			data := newData(t)
			spoil(t, filepath.Join(data, "pepper"), damage)
			refusesData(t, data, "pepper", "say", "help")
		})
	}
}

// anotherProgram makes a file of the same engine that holds something else.
func anotherProgram(t *testing.T) func([]byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recipes.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err == nil {
		err = db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("recipes"))
			return err
		})
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return func([]byte) []byte { return text }
}

func spoil(t *testing.T, path string, damage func([]byte) []byte) {
	t.Helper()
	good, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, damage(good), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refusesData runs a command that opens the data, and wants the file named and nothing touched.
func refusesData(t *testing.T, data, file string, command ...string) {
	t.Helper()
	before := contents(t, data)
	stdout, stderr, status := trunkpass(t, append(command, "--data", data)...)
	stderr = strings.Join(slices.DeleteFunc(strings.SplitAfter(stderr, "\n"), isLog), "")
	if complaint(t, stdout, stderr, status, 1); !strings.Contains(stderr, file) {
		t.Errorf("%s does not say which file it is: %s", command[0], stderr)
	}
	after := contents(t, data)
	same(t, "file", "the folder before", slices.Collect(maps.Keys(before)), "the folder after", slices.Collect(maps.Keys(after)))
	if !bytes.Equal(before[file], after[file]) {
		t.Errorf("%s was changed", file)
	}
}

// isLog tells a line of the log of "serve" from what is said to a person.
func isLog(line string) bool { return strings.HasPrefix(line, "{") }

func TestDataThatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{file, filepath.Join(file, "below"), ""} {
		stdout, stderr, status := trunkpass(t, "say", "--data", data, "help")
		complaint(t, stdout, stderr, status, 1)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// Somebody throws a damaged file away: the world begins anew in that file, and the rest fits it again.
func TestDataThatIsThrownAway(t *testing.T) {
	for _, tc := range []struct {
		file string
		note int // how often the PIN is told
	}{
		{"garage.db", 0}, {"demo.json", 0}, {"accounts.db", 1},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			data := newData(t)
			if err := os.Remove(filepath.Join(data, tc.file)); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, status := trunkpass(t, "say", "--data", data, "let ups into my trunk", "four eight two one")
			if status != 0 || !strings.Contains(stdout, "Done. UPS can open") {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
			if told := len(spokenPIN.FindAllString(stderr, -1)); told != tc.note {
				t.Errorf("the PIN was told %d times, want %d: %s", told, tc.note, stderr)
			}
			if stdout, stderr, status = trunkpass(t, "courier", "--data", data, "--carrier", "ups", "list"); status != 0 || !strings.HasPrefix(stdout, "grt_1") {
				t.Errorf("the courier: status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}

// Nothing else depends on demo.json than who shares a running server's world; garbage in it is told, not
// taken for owners.
func TestGarbageAboutTheDemoWorld(t *testing.T) {
	data := newData(t)
	spoil(t, filepath.Join(data, "demo.json"), func([]byte) []byte { return []byte(`{"Owners":"everybody"`) })
	stdout, stderr, status := trunkpass(t, "say", "--data", data, "--url", "http://127.0.0.1:1", "help")
	if complaint(t, stdout, stderr, status, 1); !strings.Contains(stderr, "demo.json") {
		t.Errorf("it does not name the file: %s", stderr)
	}
}

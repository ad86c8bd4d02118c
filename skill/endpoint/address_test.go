package endpoint

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

// addresses are certificate URLs with what is fetched for them; "" is refused.
var addresses = []struct{ name, header, want string }{
	{"as Alexa sends it", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"with the port", "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"there and back", "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"with dots", "https://s3.amazonaws.com/./echo.api/./echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"scheme in capitals", "HTTPS://s3.amazonaws.com/echo.api/echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"host in capitals", "https://S3.AmazonAWS.com/echo.api/echo-api-cert.pem", "/echo.api/echo-api-cert.pem"},
	{"harmless encoding", "https://s3.amazonaws.com/echo%2Eapi/echo-api-cert%2dx.pem", "/echo.api/echo-api-cert-x.pem"},
	{"in a folder", "https://s3.amazonaws.com/echo.api/a/b.pem", "/echo.api/a/b.pem"},
	{"two slashes", "https://s3.amazonaws.com//echo.api//b.pem", "/echo.api/b.pem"},

	{"nothing", "", ""},
	{"http", "http://s3.amazonaws.com/echo.api/echo-api-cert.pem", ""},
	{"no scheme", "s3.amazonaws.com/echo.api/echo-api-cert.pem", ""},
	{"no scheme, two slashes", "//s3.amazonaws.com/echo.api/echo-api-cert.pem", ""},
	{"a file", "file:///echo.api/echo-api-cert.pem", ""},
	{"opaque", "https:s3.amazonaws.com/echo.api/echo-api-cert.pem", ""},
	{"another host", "https://notamazon.com/echo.api/echo-api-cert.pem", ""},
	{"a host that begins the same", "https://s3.amazonaws.com.evil.example/echo.api/x.pem", ""},
	{"a host that ends the same", "https://evils3.amazonaws.com/echo.api/x.pem", ""},
	{"a bucket as a host", "https://echo.api.s3.amazonaws.com/echo.api/x.pem", ""},
	{"a dot after the host", "https://s3.amazonaws.com./echo.api/x.pem", ""},
	{"letters that look the same", "https://s3.amazonaws.c\u043em/echo.api/x.pem", ""},
	{"letters that fold the same", "https://\u017f3.amazonaws.com/echo.api/x.pem", ""},
	{"IDN in ASCII", "https://xn--s3-.amazonaws.com/echo.api/x.pem", ""},
	{"no host", "https:///echo.api/x.pem", ""},
	{"user as a host", "https://s3.amazonaws.com@evil.example/echo.api/x.pem", ""},
	{"a user", "https://me@s3.amazonaws.com/echo.api/x.pem", ""},
	{"an empty user", "https://@s3.amazonaws.com/echo.api/x.pem", ""},
	{"user and password", "https://me:x@s3.amazonaws.com/echo.api/x.pem", ""},
	{"path in capitals", "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem", ""},
	{"another path", "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem", ""},
	{"a folder that begins the same", "https://s3.amazonaws.com/echo.api.evil/x.pem", ""},
	{"the folder", "https://s3.amazonaws.com/echo.api/", ""},
	{"no path", "https://s3.amazonaws.com", ""},
	{"out of the folder", "https://s3.amazonaws.com/echo.api/../invalid.path/echo-api-cert.pem", ""},
	{"out of the folder, encoded", "https://s3.amazonaws.com/echo.api/%2e%2e/x", ""},
	{"out of the folder, encoded slash", "https://s3.amazonaws.com/echo.api/..%2fevil/x", ""},
	{"out of the folder, all encoded", "https://s3.amazonaws.com/echo.api%2f..%2fevil%2fx", ""},
	{"encoded twice", "https://s3.amazonaws.com/echo.api/%252e%252e/evil/x", ""},
	{"backslash", `https://s3.amazonaws.com/echo.api\..\evil/x`, ""},
	{"backslash, encoded", "https://s3.amazonaws.com/echo.api/..%5c..%5cevil", ""},
	{"backslash after the host", `https://s3.amazonaws.com\@evil.example/echo.api/x.pem`, ""},
	{"a zero byte", "https://s3.amazonaws.com/echo.api/%00.pem", ""},
	{"a line end", "https://s3.amazonaws.com/echo.api/x%0d%0aHost:evil", ""},
	{"a space", "https://s3.amazonaws.com/echo.api/x .pem", ""},
	{"a space before", " https://s3.amazonaws.com/echo.api/x.pem", ""},
	{"half an encoding", "https://s3.amazonaws.com/echo.api/%2", ""},
	{"another port", "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", ""},
	{"a port with a zero", "https://s3.amazonaws.com:0443/echo.api/echo-api-cert.pem", ""},
	{"no port after the colon", "https://s3.amazonaws.com:/echo.api/echo-api-cert.pem", ""},
	{"no number as port", "https://s3.amazonaws.com:https/echo.api/echo-api-cert.pem", ""},
	{"a query", "https://s3.amazonaws.com/echo.api/x.pem?versionId=1", ""},
	{"an empty query", "https://s3.amazonaws.com/echo.api/x.pem?", ""},
	{"a fragment", "https://s3.amazonaws.com/echo.api/x.pem#y", ""},
	{"an empty fragment", "https://s3.amazonaws.com/echo.api/x.pem#", ""},
	{"too long", "https://s3.amazonaws.com/echo.api/" + strings.Repeat("a", maxURLBytes), ""},
	{"not a URL", "://", ""},
	{"words", "no such address", ""},
}

func TestCertificateURL(t *testing.T) {
	for _, row := range addresses {
		got, err := certificateURL(row.header)
		want := row.want
		if want != "" {
			want = "https://" + certificateHost + want
		}
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", row.name, got, err, want)
		}
	}
}

// Whatever is accepted is one file in one folder of one host, to every reader of addresses alike.
func FuzzCertificateURL(f *testing.F) {
	for _, row := range addresses {
		f.Add(row.header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, err := certificateURL(header)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.String() != got || u.Scheme != "https" || u.Host != certificateHost || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" || u.RawPath != "" ||
			!strings.HasPrefix(u.Path, certificateFolder) || path.Clean(u.Path) != u.Path || strings.Contains(got, "%") {
			t.Errorf("%q became %q, %v", header, got, err)
		}
		if again, err := certificateURL(got); err != nil || again != got {
			t.Errorf("%q became %q and then %q, %v", header, got, again, err)
		}
	})
}

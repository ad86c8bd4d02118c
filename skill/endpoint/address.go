package endpoint

import (
	"errors"
	"net/url"
	"path"
	"strings"
)

// Where Alexa keeps the certificates of its signatures ("Host a Custom Skill as a Web Service"). Scheme and host are
// compared in any case, the path is not.
const (
	certificateHost   = "s3.amazonaws.com"
	certificateFolder = "/echo.api/"
	maxURLBytes       = 512
)

var errAddress = errors.New("not an address of Alexa's certificates")

// certificateURL gives the address to fetch for the value of the header SignatureCertChainUrl. The address is built
// anew from what was checked, so that nothing of the header reaches the network unchecked: whatever this accepts is
// one plain file below https://s3.amazonaws.com/echo.api/.
func certificateURL(header string) (string, error) {
	// A browser reads a backslash as a slash, and some libraries as part of the host; nobody needs one. A question
	// mark or a hash without anything after it leaves no trace in what url.Parse gives.
	if len(header) > maxURLBytes || strings.ContainsAny(header, "\\?#") {
		return "", errAddress
	}
	u, err := url.Parse(header)
	if err != nil { // its text would repeat the header
		return "", errAddress
	}
	switch {
	case u.Scheme != "https", u.Opaque != "", u.User != nil, // url.Parse lowers the scheme
		strings.ToLower(u.Hostname()) != certificateHost, // EqualFold would take a long s for an s
		u.Host != u.Hostname() && u.Port() != "443":
		return "", errAddress
	}
	// u.Path is decoded once. What is still encoded then, or never was a letter, has no business here; a path that
	// was encoded twice would mean one thing to us and another to whoever decodes again.
	if strings.ContainsFunc(u.Path, strange) {
		return "", errAddress
	}
	clean := path.Clean(u.Path)
	if !strings.HasPrefix(clean, certificateFolder) {
		return "", errAddress
	}
	return "https://" + certificateHost + clean, nil
}

func strange(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("/.-_+~", r):
		return false
	}
	return true
}

package skillpackage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify"
)

// publicURL tells why a URL cannot be opened by anybody on the internet with HTTPS on port 443; nil if it can, as far as its
// form tells.
func publicURL(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("is no URL")
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "https":
		return errors.New("is not https")
	case u.User != nil:
		return errors.New("holds a user name")
	case u.Port() != "" && u.Port() != "443":
		return fmt.Errorf("has the port %s, want 443", u.Port())
	case net.ParseIP(host) != nil:
		return errors.New("has an address for a host name")
	case !strings.Contains(strings.Trim(host, "."), ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".localhost"):
		return errors.New("has no public host name")
	}
	return nil
}

var lambdaARN = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_:$-]+$`)

// examineEndpoints asks whether Alexa can reach the skill.
func (e *examination) examineEndpoints() {
	custom := e.Manifest.APIs.Custom
	endpoints := map[string]models.Endpoint{"apis.custom.endpoint": custom.Endpoint}
	for region, r := range custom.Regions {
		endpoints["apis.custom.regions."+region] = r.Endpoint
	}
	if events := e.Manifest.Events; events != nil && events.Endpoint.URI != "" {
		endpoints["events.endpoint"] = events.Endpoint
	}
	if custom.Endpoint.URI == "" && len(custom.Regions) > 0 {
		delete(endpoints, "apis.custom.endpoint") // every region has its own
	}
	for _, where := range slices.Sorted(maps.Keys(endpoints)) {
		endpoint := endpoints[where]
		if strings.HasPrefix(endpoint.URI, "arn:") {
			e.expect("SEC-1a", lambdaARN.MatchString(endpoint.URI), "", where, "is no ARN of a Lambda function")
			continue
		}
		err := publicURL(endpoint.URI)
		e.expect("SEC-1a", err == nil, "", where, "%v", err)
		certificate := endpoint.SSLCertificateType
		e.expect("SEC-1a", certificate == "Trusted" || certificate == "Wildcard", "", where, "sslCertificateType is %.20q", certificate)
	}
}

// examinePolicyURLs asks for the form of the addresses of policies; Open asks whether they open.
func (e *examination) examinePolicyURLs() {
	texts := e.Manifest.PrivacyAndCompliance.Locales
	if len(texts) == 0 {
		e.verdicts.NotApplicable("META-8a", "there is no privacy policy")
	}
	terms := false
	for _, locale := range slices.Sorted(maps.Keys(texts)) {
		if text := texts[locale].PrivacyPolicyURL; text != "" {
			err := publicURL(text)
			e.expect("META-8a", err == nil, locale, "privacyPolicyUrl", "%v", err)
		}
		if text := texts[locale].TermsOfUseURL; text != "" {
			terms = true
			err := publicURL(text)
			e.expect("META-9", err == nil, locale, "termsOfUseUrl", "%v", err)
		}
	}
	if !terms {
		e.verdicts.NotApplicable("META-9", "there are no terms of use")
	}
}

// linked are the pages that people are sent to, by URL, with the place that names each.
func (e *examination) linked() map[string]string {
	pages := map[string]string{}
	for locale, text := range e.Manifest.PrivacyAndCompliance.Locales {
		pages[text.PrivacyPolicyURL] = "privacyPolicyUrl of " + locale
		pages[text.TermsOfUseURL] = "termsOfUseUrl of " + locale
	}
	if e.Linking != nil {
		pages[e.Linking.AuthorizationURL] = "authorizationUrl"
	}
	delete(pages, "")
	return pages
}

// Limits of FUN-10, from Amazon's validator.
const (
	openWithin  = 4 * time.Second
	maxPageRead = 1 << 20
)

// Open asks the one static check that leaves the machine: whether every page that the package links to opens. It records
// nothing but FUN-10, and sends nothing but GET.
func Open(ctx context.Context, client *http.Client, p *Package, v *certify.Verdicts) {
	if p.Manifest == nil {
		return
	}
	e := &examination{Package: p, verdicts: v}
	pages := e.linked()
	if len(pages) == 0 {
		v.NotApplicable("FUN-10", "the package links to nothing")
	}
	for _, address := range slices.Sorted(maps.Keys(pages)) {
		err := open(ctx, client, address)
		e.expect("FUN-10", err == nil, "", pages[address], "%s: %v", address, err)
	}
}

func open(ctx context.Context, client *http.Client, address string) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return errors.New("is no URL")
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxPageRead)); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

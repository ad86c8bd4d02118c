package skillpackage

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/certify/skillpackage/utterance"
)

var (
	amazonMark  = regexp.MustCompile(`(?i)\b(alexa|amazon|aws|echo dot|echo show)\b`)
	sponsorship = regexp.MustCompile(`(?i)\b(official|certified|endorsed|sponsored|approved|recommended)\s+(by\s+)?(amazon|alexa)\b|\bamazon'?s? official\b`)
	forChildren = regexp.MustCompile(`(?i)\b(for|made for) (kids|children|toddlers)\b|\b(kids|children)'?s? (game|skill|story|stories)\b`)
)

// marks are words that are well-known brands and nothing else. The list is short on purpose: it reminds, it does not protect.
var marks = strings.Fields(`volkswagen toyota tesla bmw mercedes audi honda hyundai nissan chevrolet cadillac buick porsche volvo
	subaru mazda lexus skoda škoda renault peugeot citroën ferrari onstar fedex dhl netflix disney spotify google siri cortana
	facebook whatsapp youtube instagram marvel pokemon minecraft uber lyft walmart ikea nintendo playstation xbox`)

// leftovers are what templates of skills bring.
var leftovers = regexp.MustCompile(`(?i)\b(hello ?world(intent)?|change ?me|sample (short|full) description|sample testing instructions|sample skill|space facts|todo|lorem ipsum|example skill)\b`)

// examinePolicies asks what the manifest as a whole answers.
func (e *examination) examinePolicies() {
	privacy, publishing := e.Manifest.PrivacyAndCompliance, e.Manifest.PublishingInformation
	personal := e.linksAccounts() || len(e.Manifest.Permissions) > 0
	e.verdicts.Look("POL-3")
	if privacy.IsChildDirected {
		e.expect("POL-3", !personal, "", "isChildDirected", "is for children, and links accounts or has permissions")
	}
	e.expect("POL-3", privacy.IsChildDirected || !strings.HasPrefix(publishing.Category, "CHILDRENS_"), "", "category",
		"%.60s is for children, the skill is not", publishing.Category)
	if personal {
		e.expect("POL-4", privacy.UsesPersonalInfo, "", "usesPersonalInfo", "is false; accounts are linked, or there are permissions")
		for _, locale := range slices.Sorted(maps.Keys(publishing.Locales)) {
			// A locale that has no block at all beside others that do is out of step, which FUN-17a says.
			text, ok := privacy.Locales[locale]
			e.expect("POL-4", text.PrivacyPolicyURL != "" || !ok && len(privacy.Locales) > 0, locale, "privacyPolicyUrl", "is missing")
		}
	} else {
		e.verdicts.NotApplicable("POL-4", "no account is linked, and there are no permissions")
	}
	e.examinePolicyURLs()
	pages := e.linked()
	for _, address := range slices.Sorted(maps.Keys(pages)) {
		e.expect("POL-1a", !amazonHost(address), "", pages[address], "the domain names Amazon or Alexa")
	}
	if privacy.AllowsPurchases || privacy.ContainsAds {
		e.verdicts.NotApplicable("POL-7a", "the skill has purchases or advertising")
	}
	e.expect("POL-10", !leftovers.MatchString(publishing.TestingInstructions), "", "testingInstructions", "reads like a template")
}

// amazonHost tells whether a domain names Amazon; paths may.
func amazonHost(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	parts := strings.FieldsFunc(host, func(r rune) bool { return r == '.' || r == '-' })
	return strings.Contains(host, "alexa") || strings.Contains(host, "amazon") || slices.Contains(parts, "aws")
}

// examineStoreWords reads what the store shows.
func (e *examination) examineStoreWords(locale string, text models.StoreText) {
	e.expect("POL-1a", !amazonMark.MatchString(text.Name), locale, "name", "names Amazon or Alexa")
	parts := map[string]string{"name": text.Name, "summary": text.Summary, "description": text.Description,
		"updatesDescription": text.UpdatesDescription, "keywords": strings.Join(text.Keywords, ", ")}
	for _, where := range slices.Sorted(maps.Keys(parts)) {
		said := parts[where]
		e.expect("POL-1a", !sponsorship.MatchString(said), locale, where, "hints that Amazon stands behind the skill")
		if !e.Manifest.PrivacyAndCompliance.IsChildDirected {
			e.expect("POL-3", !forChildren.MatchString(said), locale, where, "is meant for children, and isChildDirected is false")
		}
		e.examineClaims(locale, where, said)
		e.expect("POL-10", !leftovers.MatchString(said), locale, where, "%q is left over from a template", leftovers.FindString(said))
	}
	e.examineMarks(locale, "name", text.Name)
	for _, keyword := range text.Keywords {
		e.examineMarks(locale, "keywords", keyword)
	}
	e.expect("META-6b", !thisApp.MatchString(text.Description+" "+text.Summary), locale, "description", "calls the skill an app")
}

var thisApp = regexp.MustCompile(`(?i)\bthis (free )?app(lication)?\b|\bapp for alexa\b|\balexa app that\b`)

// examineClaims asks a text about emergencies, and about offers.
func (e *examination) examineClaims(locale, where, said string) {
	claim := utterance.Emergency(said)
	e.expect("POL-8a", claim == "", locale, where, "claims to reach help in an emergency: %.100q", claim)
	if p := e.Manifest; p != nil && !p.PrivacyAndCompliance.AllowsPurchases && !p.PrivacyAndCompliance.ContainsAds {
		offer := utterance.Offer(said)
		e.expect("POL-7a", offer == "", locale, where, "%.100q is an offer", offer)
	}
}

func (e *examination) examineMarks(locale, where, said string) {
	for _, word := range utterance.Fold(said) {
		mark := slices.Contains(marks, word) && !e.settings.Allows(word) && !e.settings.Allows(said)
		e.expect("POL-2", !mark, locale, where, "%q is a mark", word)
	}
}

// permissions are the names that a manifest may hold, from the schema and from public packages.
var permissions = []string{
	"alexa::devices:all:notifications:write", "alexa::devices:all:notifications:urgent:write", "alexa::devices:all:geolocation:read",
	"alexa::devices:all:coarse_location:read", "alexa::devices:all:address:full:read",
	"alexa:devices:all:address:country_and_postal_code:read", "alexa::profile:name:read", "alexa::profile:given_name:read",
	"alexa::profile:email:read", "alexa::profile:mobile_number:read", "alexa::person_id:read", "alexa::authenticate:2:mandatory",
	"alexa::authenticate:2:optional", "alexa::alerts:reminders:skill:readwrite", "alexa::alerts:timers:skill:readwrite",
	"alexa::skill:proactive_enablement", "alexa::async_event:write", "alexa::household:lists:read", "alexa::household:lists:write",
	"alexa::device_id:read", "alexa::skill:products:entitlements", "payments:autopay_consent",
}

// examinePermissions asks which intent needs each permission.
func (e *examination) examinePermissions() {
	if len(e.Manifest.Permissions) == 0 {
		e.verdicts.NotApplicable("POL-5", "there are no permissions")
		e.verdicts.NotApplicable("POL-5b", "there are no permissions")
	}
	authenticates := false
	for _, permission := range e.Manifest.Permissions {
		authenticates = authenticates || strings.HasPrefix(permission.Name, "alexa::authenticate:")
		e.expect("POL-5b", slices.Contains(permissions, permission.Name), "", permission.Name, "is no permission that is known here")
		var needs []string
		for _, use := range e.settings.Permissions {
			if use.Name == permission.Name {
				needs = append(needs, use.Intents...)
			}
		}
		// Word to the user that nobody asked for is no intent; the manifest itself says that there is some.
		events := e.Manifest.Events
		sends := strings.HasPrefix(permission.Name, "alexa::devices:all:notifications:") && events != nil && len(events.Publications) > 0
		e.expect("POL-5", len(needs) > 0 || sends, "", permission.Name, "no intent is said to need it")
		for _, name := range needs {
			for _, locale := range e.Locales() {
				_, ok := e.models[locale].LanguageModel.Intent(name)
				e.expect("POL-5", ok, locale, permission.Name, "%.60q, which is said to need it, is no intent", name)
			}
		}
	}
	if len(e.settings.Codes) == 0 {
		e.verdicts.NotApplicable("PIN-10", "no voice code is named in certify.toml")
		return
	}
	e.expect("PIN-10", !authenticates, "", "permissions", "the skill has a code of its own and asks for Alexa's")
}

// linksAccounts is known from accountLinking.json, or from the test account in certify.toml.
func (e *examination) linksAccounts() bool { return e.Linking != nil || e.settings.Account.Token != "" }

// minTokenLife is from Amazon's account linking FAQ, in seconds.
const minTokenLife = 360

func (e *examination) examineLinking() {
	e.examineTestAccount()
	linking := e.Linking
	if linking == nil {
		why := func(v func(id, why string), text string) {
			for _, id := range []string{"LINK-1a", "LINK-1b", "LINK-2a", "LINK-3a"} {
				v(id, text)
			}
		}
		if e.linksAccounts() {
			why(e.verdicts.NotRun, "there is no accountLinking.json in the package")
		} else {
			why(e.verdicts.NotApplicable, "no account is linked")
		}
		return
	}
	e.expect("LINK-1a", linking.Type != "IMPLICIT", "", linkingFile, "type is IMPLICIT")
	code := linking.Type == "AUTH_CODE"
	e.expect("LINK-1b", code || linking.Type == "IMPLICIT", "", linkingFile, "type is %.40q", linking.Type)
	e.expect("LINK-1b", linking.ClientID != "", "", linkingFile, "clientId is missing")
	e.expect("LINK-1b", linking.AuthorizationURL != "", "", linkingFile, "authorizationUrl is missing")
	addresses := map[string]string{"authorizationUrl": linking.AuthorizationURL}
	if code {
		e.expect("LINK-1b", linking.AccessTokenURL != "", "", linkingFile, "accessTokenUrl is missing")
		scheme := linking.AccessTokenScheme
		e.expect("LINK-1b", scheme == "HTTP_BASIC" || scheme == "REQUEST_BODY_CREDENTIALS", "", linkingFile, "accessTokenScheme is %.40q", scheme)
		addresses["accessTokenUrl"] = linking.AccessTokenURL
	}
	for _, where := range slices.Sorted(maps.Keys(addresses)) {
		if addresses[where] != "" {
			err := publicURL(addresses[where])
			e.expect("LINK-2a", err == nil, "", where, "%v", err)
		}
	}
	if life := linking.DefaultTokenExpirationInSeconds; life != nil {
		e.expect("LINK-3a", *life >= minTokenLife, "", linkingFile, "tokens live for %d seconds, want at least %d", *life, minTokenLife)
	} else {
		e.verdicts.NotApplicable("LINK-3a", "the token endpoint says how long tokens live")
	}
}

var (
	userWord   = regexp.MustCompile(`(?i)\b(user ?names?|user|login|log in|sign in|e-?mail|account|benutzername|utilisateur|usuario)\b`)
	secretWord = regexp.MustCompile(`(?i)\b(passwords?|credentials|passwort|mot de passe|contraseña)\b`)
	codeWord   = regexp.MustCompile(`(?i)\b(pins?|pin code|voice code|code)\b`)
)

func (e *examination) examineTestAccount() {
	switch {
	case e.Manifest == nil || strings.TrimSpace(e.Manifest.PublishingInformation.TestingInstructions) == "":
		return // META-1a and META-4 say so
	case !e.linksAccounts():
		e.verdicts.NotApplicable("LINK-6", "no account is linked")
		return
	}
	instructions := e.Manifest.PublishingInformation.TestingInstructions
	e.expect("LINK-6", userWord.MatchString(instructions), "", "testingInstructions", "no test user is named")
	e.expect("LINK-6", secretWord.MatchString(instructions), "", "testingInstructions", "no password is mentioned")
	if len(e.settings.Codes) > 0 {
		e.expect("LINK-6", codeWord.MatchString(instructions), "", "testingInstructions", "the voice code is not mentioned")
	}
}

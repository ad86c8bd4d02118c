package models

// Manifest is skill.json: how the skill presents itself, what it may do and where it is served. The members
// are those of Amazon's skill manifest schema that a custom skill of this kind can use.
type Manifest struct {
	ManifestVersion       string                `json:"manifestVersion"`
	PublishingInformation PublishingInformation `json:"publishingInformation"`
	PrivacyAndCompliance  PrivacyAndCompliance  `json:"privacyAndCompliance"`
	Permissions           []Permission          `json:"permissions,omitempty"`
	APIs                  APIs                  `json:"apis"`
	Events                *Events               `json:"events,omitempty"`
}

// PublishingInformation is what the store and the certification team read.
type PublishingInformation struct {
	Locales               map[string]StoreText `json:"locales"`
	IsAvailableWorldwide  bool                 `json:"isAvailableWorldwide"`
	DistributionCountries []string             `json:"distributionCountries,omitempty"` // ISO 3166-1 alpha-2
	DistributionMode      string               `json:"distributionMode"`                // PUBLIC or PRIVATE
	Category              string               `json:"category"`
	TestingInstructions   string               `json:"testingInstructions"` // at most 4000 characters
}

// StoreText presents the skill in one locale. Limits in characters are Amazon's.
type StoreText struct {
	Name               string   `json:"name"`                         // at least 2
	Summary            string   `json:"summary"`                      // at most 160
	Description        string   `json:"description"`                  // at most 4000
	UpdatesDescription string   `json:"updatesDescription,omitempty"` // at most 4000
	ExamplePhrases     []string `json:"examplePhrases"`               // at most 4 of 200 each; the store shows 3
	Keywords           []string `json:"keywords,omitempty"`           // at most 30 of 150 each
	SmallIconURI       string   `json:"smallIconUri,omitempty"`       // 108 × 108 pixels
	LargeIconURI       string   `json:"largeIconUri,omitempty"`       // 512 × 512 pixels
}

// PrivacyAndCompliance answers Amazon's questions about data, money and children.
type PrivacyAndCompliance struct {
	AllowsPurchases   bool                   `json:"allowsPurchases"`
	UsesPersonalInfo  bool                   `json:"usesPersonalInfo"`
	IsChildDirected   bool                   `json:"isChildDirected"`
	IsExportCompliant bool                   `json:"isExportCompliant"`
	ContainsAds       bool                   `json:"containsAds"`
	UsesHealthInfo    bool                   `json:"usesHealthInfo"`
	Locales           map[string]PrivacyText `json:"locales"`
}

// PrivacyText links to the policies in the language of a locale.
type PrivacyText struct {
	PrivacyPolicyURL string `json:"privacyPolicyUrl"`
	TermsOfUseURL    string `json:"termsOfUseUrl,omitempty"`
}

// Permission is consent that the skill asks its user for, by Amazon's name of the scope.
type Permission struct {
	Name string `json:"name"`
}

// APIs holds the one API that Trunkpass offers: a custom skill.
type APIs struct {
	Custom CustomAPI `json:"custom"`
}

// CustomAPI tells where the skill is served and which interfaces it uses.
type CustomAPI struct {
	Endpoint   Endpoint          `json:"endpoint"`
	Regions    map[string]Region `json:"regions,omitempty"` // NA, EU, FE
	Interfaces []Interface       `json:"interfaces,omitempty"`
}

// Region overrides the endpoint for one part of the world.
type Region struct {
	Endpoint Endpoint `json:"endpoint"`
}

// Endpoint is an ARN of a Lambda function or an https URL; the certificate type belongs to the URL.
type Endpoint struct {
	URI                string `json:"uri"`
	SSLCertificateType string `json:"sslCertificateType,omitempty"` // SelfSigned, Wildcard or Trusted
}

// Interface is a device interface beyond speech, such as ALEXA_PRESENTATION_APL.
type Interface struct {
	Type string `json:"type"`
}

// Events tells which skill events are wanted, which proactive events may be sent, and where events arrive.
type Events struct {
	Endpoint      Endpoint          `json:"endpoint"`
	Regions       map[string]Region `json:"regions,omitempty"`
	Subscriptions []EventName       `json:"subscriptions,omitempty"`
	Publications  []EventName       `json:"publications,omitempty"`
}

// EventName names an event: SKILL_ENABLED, AMAZON.MessageAlert.Activated.
type EventName struct {
	EventName string `json:"eventName"`
}

package skillpackage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// members tells which members an object may have, by name; "*" stands for any name. nil members: whatever is below is not
// examined. Lists are looked through.
type members map[string]members

var manifestMembers = parseMembers(`
manifest
  manifestVersion
  publishingInformation
    name
    description
    locales
      *
        name
        summary
        description
        updatesDescription
        examplePhrases
        keywords
        smallIconUri
        largeIconUri
    isAvailableWorldwide
    distributionCountries
    distributionMode
    category
    testingInstructions
    gadgetSupport!
    manufacturer!
    automaticDistribution!
    automaticClonedLocale!
  privacyAndCompliance
    allowsPurchases
    usesPersonalInfo
    isChildDirected
    isExportCompliant
    containsAds
    usesHealthInfo
    shoppingKit!
    locales
      *
        privacyPolicyUrl
        termsOfUseUrl
  permissions
    name
  apis
    custom
      endpoint
        uri
        sslCertificateType
      regions
        *
          endpoint
            uri
            sslCertificateType
      interfaces!
      tasks!
      connections!
      dialogManagement!
      appLink!
      localizedIntents!
      locales!
      targetRuntimes!
    *!
  events
    endpoint
      uri
      sslCertificateType
    regions
      *
        endpoint
          uri
          sslCertificateType
    subscriptions
      eventName
    publications
      eventName
  authorizedClients!
  dependencies!
`)

var modelMembers = parseMembers(`
interactionModel
  languageModel
    invocationName
    intents
      name
      slots
        name
        type
        multipleValues!
        samples
      samples
      generatedBy!
    types
      name
      values
        id
        name
          value
          synonyms
      valueSupplier!
    modelConfiguration
      fallbackIntentSensitivity
        level
  dialog
    delegationStrategy
    intents
      name
      delegationStrategy
      confirmationRequired
      acceptIntentChaining
      prompts
        elicitation
        confirmation
      slots
        name
        type
        elicitationRequired
        confirmationRequired
        prompts
          elicitation
          confirmation
        validations!
  prompts
    id
    variations
      type
      value
description
version
`)

// parseMembers reads a table of names, two spaces deeper for each level; "!" ends what is examined.
func parseMembers(table string) members {
	root := members{}
	path := []members{root}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		name := strings.TrimSpace(line)
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		path = path[:depth+1]
		name, free := strings.CutSuffix(name, "!")
		below := members{}
		if free {
			below = nil
		}
		path[depth][name] = below
		path = append(path, below)
	}
	return root
}

// maxNoted is how many unknown members of one file are told; a file of another kind has nothing else.
const maxNoted = 20

func (p *Package) noteUnknown(file, locale string, raw any, known members) {
	left := maxNoted
	var look func(where string, value any, known members)
	look = func(where string, value any, known members) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				look(where, element, known)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				below, ok := known[name]
				if !ok {
					below, ok = known["*"]
				}
				if !ok && left > 0 {
					left--
					p.note("META-1b", locale, file, fmt.Sprintf("%s%.60q is no member that Amazon knows", where, name))
				}
				if ok && below != nil && len(below) > 0 {
					look(where+name+".", value[name], below)
				}
			}
		}
	}
	look("", raw, known)
}

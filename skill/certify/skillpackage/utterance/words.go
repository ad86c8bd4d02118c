package utterance

import (
	"slices"
	"strings"
)

// Words are those of a language that Alexa keeps for herself, after Amazon's pages "Understand How Users Invoke Custom
// Skills" and "Choose the Invocation Name for a Custom Skill".
type Words struct {
	// Launch come between the wake word and the invocation name, folded.
	Launch [][]string
	// Connectors come between the invocation name and what is asked.
	Connectors []string
	// Opening are the connectors that no sample begins with.
	Opening []string
	// Reserved are not allowed in an invocation name; Small not in one of two words: articles and prepositions.
	Reserved, Small []string
	// Universal is what Alexa's own intents for help and leaving must hear.
	Universal []string
}

// WakeWords are the same everywhere.
var WakeWords = []string{"alexa", "amazon", "echo", "computer", "ziggy"}

// WordsOf is the list of a locale's language; false for languages that have none here (Japanese, Hindi, Arabic).
func WordsOf(locale string) (Words, bool) {
	language, _, _ := strings.Cut(locale, "-")
	l, ok := languages[language]
	if !ok {
		return Words{}, false
	}
	w := Words{
		Connectors: Fold(l.connectors + " " + l.opening),
		Opening:    Fold(l.opening),
		Small:      Fold(l.small),
		Reserved:   slices.Concat(WakeWords, Fold(l.reserved)),
	}
	for launch := range strings.SplitSeq(l.launch, ",") {
		w.Launch = append(w.Launch, Fold(launch))
	}
	for said := range strings.SplitSeq(l.universal, ",") {
		w.Universal = append(w.Universal, strings.Join(Fold(said), " "))
	}
	// "ask … for" before "ask": the longer one first.
	slices.SortStableFunc(w.Launch, func(a, b []string) int { return len(b) - len(a) })
	return w, true
}

// language is a row of the table: launch and universal separated by commas, the others by spaces.
type language struct {
	launch, connectors, opening, reserved, small, universal string
}

var languages = map[string]language{
	"en": {
		launch:     "open,ask,tell,start,launch,begin,talk to,speak to,resume,run,load,use,play,enable",
		connectors: "in using with by",
		opening:    "from to about for if whether that and",
		reserved:   "run start play resume use launch ask open tell load begin enable to from in using with about for that by if and whether skill app",
		small:      "the a an for to of about up by at off with",
		universal:  "help,help me,stop,cancel,never mind,exit,quit",
	},
	"de": {
		launch:     "öffne,frage,frag,starte,sag,sage,beginne,spiele,nutze,verwende,lade,aktiviere",
		connectors: "von über für um zu aus mit bei",
		opening:    "nach ob dass und",
		reserved:   "öffne frage frag starte sag sage beginne spiele nutze verwende lade aktiviere nach ob dass und skill app",
		small:      "der die das ein eine für zu von über bei mit aus an auf",
		universal:  "hilfe,stopp,stop,abbrechen,beenden",
	},
	"fr": {
		launch:     "ouvre,lance,démarre,demande à,demande,dis à,joue à,joue,commence,utilise,charge,parle à,active", //nolint:misspell // French
		connectors: "de d à sur avec qu",
		opening:    "pour si que et",
		reserved:   "ouvre lance démarre demande dis joue commence utilise charge active pour si que et skill appli", //nolint:misspell // French
		small:      "le la les un une des de du à au pour sur par avec",
		universal:  "aide,à l'aide,stop,arrête,annule,annuler",
	},
	"es": {
		launch:     "abre,inicia,lanza,pregunta a,pregunta,pide a,pide,dile a,di a,usa,comienza,empieza,juega,habla con,activa",
		connectors: "de a sobre con por en",
		opening:    "para si que y",
		reserved:   "abre inicia lanza pregunta pide dile usa comienza empieza juega activa para si que y skill aplicación",
		small:      "el la los las un una de del a al para por en con",
		universal:  "ayuda,para,detente,cancela,cancelar",
	},
	"it": {
		launch:     "apri,avvia,lancia,chiedi a,chiedi,domanda a,di a,inizia,usa,gioca a,parla con,attiva",
		connectors: "di da su con a in",
		opening:    "per se che e",
		reserved:   "apri avvia lancia chiedi domanda inizia usa gioca attiva per se che e skill app",
		small:      "il lo la i gli le un uno una di a da in con su per",
		universal:  "aiuto,stop,basta,annulla",
	},
	"pt": {
		launch:     "abrir,abra,abre,iniciar,inicie,pergunte a,pergunte para,pergunta para,peça a,peça para,diga a,diga para,use,começar,jogar,ativar",
		connectors: "de a sobre com por em",
		opening:    "para se que e",
		reserved:   "abrir abra iniciar inicie pergunte peça diga use começar jogar ativar para se que e skill aplicativo",
		small:      "o a os as um uma de do da em com por para",
		universal:  "ajuda,pare,parar,cancelar,cancela",
	},
	"nl": {
		launch:     "open,vraag aan,vraag,start,zeg tegen,begin,gebruik,speel,praat met,activeer",
		connectors: "van over voor om te met bij",
		opening:    "naar of dat en",
		reserved:   "open vraag start zeg begin gebruik speel activeer naar of dat en skill app",
		small:      "de het een van voor over bij met op aan",
		universal:  "help,hulp,stop,annuleer,annuleren",
	},
}

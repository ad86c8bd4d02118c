package probe

import (
	"net/http"
	"time"
)

// tolerance is how far the time of a request may be from now, by Amazon's page and verifiers; margin keeps clear of the clock of
// another machine.
const (
	tolerance = 150 * time.Second
	margin    = 20 * time.Second
)

// foreignApplication is some other skill.
const foreignApplication = "amzn1.ask.skill.ffffffff-ffff-4fff-8fff-ffffffffffff"

// probes are those of Amazon's prober and of the unit tests of its SDKs, in the order of the report.
var probes = []probe{
	{"SEC-2a", false, (*prober).withoutHeaders},
	{"SEC-2b", false, func(p *prober) []message { return p.atURLs("an empty certificate URL", "") }},
	{"SEC-2c", false, func(p *prober) []message {
		return p.atURLs("a certificate URL that is none", "echo-api-cert.pem", "not a url", "https://", "://s3.amazonaws.com/echo.api/x.pem")
	}},
	{"SEC-2d", false, func(p *prober) []message {
		return p.atURLs("somebody else's certificate URL", "https://certificates.example/echo.api/echo-api-cert.pem",
			"https://s3.amazonaws.com.certificates.example/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com@certificates.example/echo.api/echo-api-cert.pem")
	}},
	{"SEC-3", false, func(p *prober) []message {
		return p.atURLs("a certificate URL", "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
			"https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
			"https://s3.amazonaws.com/invalid.path/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api/../invalid.path/echo-api-cert.pem",
			"https://s3.amazonaws.com/echo.api/%2e%2e/invalid.path/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api.evil/echo-api-cert.pem")
	}},
	{"SEC-2e", false, (*prober).byStranger},
	{"SEC-2f", false, (*prober).wrongSignature},
	{"SEC-6", false, (*prober).oldHeader},
	{"SEC-2g", true, (*prober).wellSigned},
	{"SEC-4a", true, func(p *prober) []message {
		return []message{p.signedAt("a request of long ago", -tolerance-margin), p.signedAt("a request of yesterday", -24*time.Hour)}
	}},
	{"SEC-4b", true, func(p *prober) []message {
		return []message{p.signedAt("a request from the future", tolerance+margin)}
	}},
	{"SEC-5", true, func(p *prober) []message {
		m := p.signed("a request for another skill", p.welcome(p.Now(), foreignApplication))
		return []message{m}
	}},
}

// best is the best signature that there is: one that the endpoint trusts, or a forged one.
func (p *prober) best() *Signer {
	if p.Signer != nil {
		return p.Signer
	}
	return p.forger
}

// signed is a message with the best signature.
func (p *prober) signed(what string, body []byte) message {
	return sign(p.best(), what, body)
}

func sign(s *Signer, what string, body []byte) message {
	m := message{what: what, body: body, header: http.Header{}}
	if err := s.Sign(m.header, body); err != nil {
		m.header.Set(headerChain, s.ChainURL) // a key that cannot sign: the endpoint refuses what has no signature
	}
	return m
}

func (p *prober) signedAt(what string, apart time.Duration) message {
	return p.signed(what, p.welcome(p.Now().Add(apart), p.ApplicationID))
}

func (p *prober) withoutHeaders() []message {
	bare := message{what: "no signature headers", body: p.welcome(p.Now(), p.ApplicationID)}
	noChain := p.signedAt("no certificate URL", 0)
	noChain.header.Del(headerChain)
	noSignature := p.signedAt("no signature", 0)
	noSignature.header.Del(headerSignature)
	return []message{bare, noChain, noSignature}
}

// atURLs are well signed as far as possible, with other addresses of the chain.
func (p *prober) atURLs(what string, urls ...string) []message {
	var all []message
	for _, u := range urls {
		m := p.signedAt(what+": "+u, 0)
		m.header.Set(headerChain, u)
		all = append(all, m)
	}
	return all
}

// byStranger is signed with a certificate that is not Alexa's.
func (p *prober) byStranger() []message {
	body := p.welcome(p.Now(), p.ApplicationID)
	if p.Stranger != nil {
		return []message{sign(p.Stranger, "signed with a certificate that is not Alexa's", body)}
	}
	forged := *p.forger
	forged.ChainURL = p.best().ChainURL
	return []message{sign(&forged, "signed with a key that is not Alexa's", body)}
}

func (p *prober) wrongSignature() []message {
	changed := p.signedAt("a body that was changed after signing", 0)
	changed.body = append(changed.body, ' ')
	garbage := p.signedAt("a signature of random letters", 0)
	garbage.header.Set(headerSignature, "Y2VydGlmeQ==")
	noBase64 := p.signedAt("a signature that is not base64", 0)
	noBase64.header.Set(headerSignature, "%%%")
	return []message{changed, garbage, noBase64}
}

// oldHeader has the SHA-1 signature alone.
func (p *prober) oldHeader() []message {
	m := p.signedAt("the old signature alone", 0)
	m.header.Del(headerSignature)
	m.header.Set(headerOld, p.best().old(m.body))
	return []message{m}
}

func (p *prober) wellSigned() []message {
	now := p.signedAt("a good request", 0)
	late := p.signedAt("a good request that took its time", -tolerance+margin)
	now.good, late.good = true, true
	return []message{now, late}
}

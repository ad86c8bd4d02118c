package endpoint

import "fmt"

// Reason is why a request was refused. It goes into the log and to whoever counts, never to whoever asked: a forger
// must not learn which check came next.
type Reason string

// The reasons, in the order of the checks.
const (
	NoCertificateURL   Reason = "no_certificate_url"  // header SignatureCertChainUrl is missing, or there are several
	NoSignature        Reason = "no_signature"        // header Signature-256 is missing, or there are several
	BadCertificateURL  Reason = "certificate_url"     // it is not a file of https://s3.amazonaws.com/echo.api/
	UnreadableBody     Reason = "body"                // it broke off, or is larger than skill.MaxRequestBytes
	CertificateNotHad  Reason = "certificate_fetch"   // the certificate could not be fetched
	CertificateLimit   Reason = "certificate_limit"   // too many unknown certificates were asked for lately
	BadCertificate     Reason = "certificate"         // it is no chain of certificates for an RSA key
	UntrustedChain     Reason = "certificate_chain"   // it leads to no trusted root
	CertificateExpired Reason = "certificate_expired" // some certificate of the chain is not valid at this time
	CertificateName    Reason = "certificate_name"    // it was not issued to echo-api.amazon.com
	BadSignature       Reason = "signature"           // the signature is not one of this body by this key
	BadEnvelope        Reason = "envelope"            // what is signed is no request of Alexa
	TooOld             Reason = "too_old"             // made longer ago than is tolerated
	TooNew             Reason = "too_new"             // made further in the future than is tolerated
	OtherSkill         Reason = "application"         // it is for another skill
	Replayed           Reason = "replay"              // this request came before
)

// refusal is a reason with what led to it, which may be nil. The cause names no part of the body.
type refusal struct {
	reason Reason
	cause  error
}

func (r *refusal) Error() string {
	if r.cause == nil {
		return "refused: " + string(r.reason)
	}
	return fmt.Sprintf("refused: %s: %v", r.reason, r.cause)
}

func (r *refusal) Unwrap() error { return r.cause }

package dongle

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// verdict is what a refusal means: its kind, and what it leaves open after an operation that writes.
// Reads are always NotDone.
type verdict struct {
	kind    vehicle.Kind
	outcome vehicle.Outcome
}

// problems says what each code of the contract means. The contract promises that a problem document had no
// effect, except for the three that are MaybeDone here.
var problems = map[wire.ProblemCode]verdict{
	wire.ProblemCodeUnauthorized:              {vehicle.NotLinked, vehicle.NotDone},
	wire.ProblemCodeInsufficientScope:         {vehicle.Denied, vehicle.NotDone},
	wire.ProblemCodeNotFound:                  {vehicle.NotFound, vehicle.NotDone},
	wire.ProblemCodeCarrierUnknown:            {vehicle.NotFound, vehicle.NotDone},
	wire.ProblemCodeCapabilityUnsupported:     {vehicle.Unsupported, vehicle.NotDone},
	wire.ProblemCodeNotImplemented:            {vehicle.Unsupported, vehicle.NotDone},
	wire.ProblemCodeIdempotencyKeyReused:      {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeWindowInvalid:             {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeWindowTooShort:            {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeWindowTooLong:             {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeWindowTooFar:              {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeWindowPast:                {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeCarrierNotVerified:        {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeEndpointLimit:             {vehicle.Invalid, vehicle.NotDone},
	wire.ProblemCodeVehicleBlocked:            {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeVehicleMoving:             {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeGrantNotActive:            {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeGrantExpired:              {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeGrantRevoked:              {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeGrantRedeemed:             {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeStepOutOfOrder:            {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeWrongPlace:                {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeDeliveryReferenceMismatch: {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeLeftOpen:                  {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeKeyMissing:                {vehicle.Conflict, vehicle.NotDone},
	wire.ProblemCodeVehicleAsleep:             {vehicle.Unreachable, vehicle.NotDone},
	wire.ProblemCodeVehicleUnreachable:        {vehicle.Unreachable, vehicle.NotDone},
	wire.ProblemCodeRateLimited:               {vehicle.Limited, vehicle.NotDone},
	wire.ProblemCodeUnavailable:               {vehicle.Unavailable, vehicle.NotDone},
	wire.ProblemCodeInternalError:             {vehicle.Unavailable, vehicle.MaybeDone},
	wire.ProblemCodeUpstreamError:             {vehicle.Unavailable, vehicle.MaybeDone},
	wire.ProblemCodeIdempotencyInProgress:     {vehicle.Unavailable, vehicle.MaybeDone},
	// What only a mistake of this client can bring about.
	wire.ProblemCodeInvalidRequest:        {vehicle.Internal, vehicle.NotDone},
	wire.ProblemCodeIdempotencyKeyMissing: {vehicle.Internal, vehicle.NotDone},
	wire.ProblemCodeMethodNotAllowed:      {vehicle.Internal, vehicle.NotDone},
	wire.ProblemCodePayloadTooLarge:       {vehicle.Internal, vehicle.NotDone},
	wire.ProblemCodeUnsupportedMediaType:  {vehicle.Internal, vehicle.NotDone},
}

// statuses says what a refusal means that carries no code we know: from a newer cloud, or from something
// in between that does not speak the contract.
var statuses = map[int]verdict{
	http.StatusUnauthorized:        {vehicle.NotLinked, vehicle.NotDone},
	http.StatusForbidden:           {vehicle.Denied, vehicle.NotDone},
	http.StatusNotFound:            {vehicle.NotFound, vehicle.NotDone},
	http.StatusGone:                {vehicle.NotFound, vehicle.NotDone},
	http.StatusConflict:            {vehicle.Conflict, vehicle.NotDone},
	http.StatusUnprocessableEntity: {vehicle.Invalid, vehicle.NotDone},
	http.StatusTooManyRequests:     {vehicle.Limited, vehicle.NotDone},
	http.StatusNotImplemented:      {vehicle.Unsupported, vehicle.NotDone},
	// A proxy gave up waiting: the cloud may still be at it.
	http.StatusRequestTimeout: {vehicle.Unavailable, vehicle.MaybeDone},
}

// judgeStatus is [statuses] with its two fallbacks: what else is refused is our mistake, and what else is
// answered says nothing about what happened.
func judgeStatus(status int) verdict {
	if v, ok := statuses[status]; ok {
		return v
	}
	if status >= 400 && status < 500 {
		return verdict{vehicle.Internal, vehicle.NotDone}
	}
	return verdict{vehicle.Unavailable, vehicle.MaybeDone}
}

// stableCode is what may go from a cloud's answer into a log.
var stableCode = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// maxRetryAfter is the longest wait that the contract allows a cloud to ask for.
const maxRetryAfter = time.Hour

// readProblem classifies an answer whose status is not the operation's success.
func readProblem(op operation, response *http.Response) *vehicle.Error {
	var problem struct {
		Code       wire.ProblemCode `json:"code"`
		RetryAfter int64            `json:"retry_after_s"`
	}
	refusal := &vehicle.Error{Op: op.name, Err: fmt.Errorf("status %d", response.StatusCode)}
	if err := decode(response, "application/problem+json application/json", maxProblem, &problem); err != nil {
		problem.Code, problem.RetryAfter = "", 0
		refusal.Err = fmt.Errorf("status %d without a problem document: %w", response.StatusCode, err)
	}
	v, known := problems[problem.Code]
	switch {
	case response.StatusCode < 400:
		// A success or redirect that the contract does not have; what it carries is no problem document.
		v, problem.Code = judgeStatus(response.StatusCode), ""
		refusal.Err = errors.Join(errors.New("unexpected success or redirect"), refusal.Err)
	case !known:
		v = judgeStatus(response.StatusCode)
	}
	refusal.Kind, refusal.Outcome = v.kind, v.outcome
	if !op.writes {
		refusal.Outcome = vehicle.NotDone
	}
	if stableCode.MatchString(string(problem.Code)) {
		refusal.Code = string(problem.Code)
	}
	refusal.RetryAfter = retryAfter(problem.RetryAfter, response.Header.Get("Retry-After"))
	return refusal
}

// retryAfter takes the longer of what the body and the header ask for, in seconds; nonsense counts as 0.
func retryAfter(body int64, header string) time.Duration {
	seconds, err := strconv.ParseInt(header, 10, 64)
	if err != nil {
		seconds = 0
	}
	seconds = min(max(body, seconds, 0), int64(maxRetryAfter/time.Second))
	return time.Duration(seconds) * time.Second
}

package status

// The payload of a token (draft §5.2) and of a card that refers to one (§6.3):
//
//	token = { 2: sub, ? 4: exp, 6: iat, ? 65534: ttl, 65533: list }
//	list  = { "bits": 1 / 2 / 4 / 8, "lst": zlib bytes, ? "aggregation_uri": text }
//	card  = { 65535: { "status_list": { "idx": uint, "uri": text } } }
//
// Entry i of a list with b bits sits in byte i*b/8, lowest bits first (§4.1).
const (
	labelStatusList int64 = 65533
	labelTTL        int64 = 65534
	labelKeyID      int64 = 4 // COSE header (RFC 9052 §3.1)
)

// contentType is the typ of a token (draft §5.2).
const contentType = "application/statuslist+cwt"

// listMap is how the list is written.
type listMap struct {
	Bits uint8  `cbor:"bits"`
	List []byte `cbor:"lst"`
}

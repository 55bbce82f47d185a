package credential

// Labels of claim 169 (MOSIP identity, IANA CWT registry) that are read. Other
// labels in it are kept by the issuer's signature and not looked at.
const (
	label169ID      int64 = 1
	label169Name    int64 = 4
	label169Birth   int64 = 8
	label169Sex     int64 = 9
	label169Address int64 = 10
	label169Photo   int64 = 16

	// label169Over18 is a yes or no that spares the date of birth.
	label169Over18 = "age_over_18"

	// label169Group holds claims that travel together in one disclosure, which
	// spares a salt and a hash for each: birth, sex and address.
	label169Group = "group"
)

// labelProofing is the claim that says how the holder was proofed (private
// label): {1: tier, 2: factors as bits, 3: date}. Names for keys would cost each
// answer 18 bytes.
const labelProofing int64 = -70010

const (
	proofingTier    int64 = 1
	proofingFactors int64 = 2
	proofingDate    int64 = 3
)

// Names of the claims as policies, results and pages use them.
const (
	ClaimID      = "id"
	ClaimName    = "name"
	ClaimBirth   = "birth"
	ClaimSex     = "sex"
	ClaimAddress = "address"
	ClaimPhoto   = "photo"
	ClaimOver18  = "over18"
	ClaimOther   = "other" // disclosed, and without a name here
)

// claimNames maps the labels inside claim 169 to the names above.
var claimNames = map[any]string{
	label169ID: ClaimID, label169Name: ClaimName, label169Birth: ClaimBirth, label169Sex: ClaimSex,
	label169Address: ClaimAddress, label169Photo: ClaimPhoto, label169Over18: ClaimOver18,
}

// inGroup are the claims that travel in the group, in the order of their labels.
var inGroup = []string{ClaimBirth, ClaimSex, ClaimAddress}

package policy

import (
	"slices"
	"time"
)

const day = 24 * time.Hour

// Default returns the purposes that are shipped: a starting point, which an
// operator fits to the rules that bind it and signs. Rules are named where one
// plainly asks for the check; whether one does in a given case, and for how long
// records are kept, is for counsel. The caller owns the result.
//
// A portrait is optional everywhere, since it does not fit a QR code.
func Default() []Purpose {
	return []Purpose{
		{
			Code: "internet-cafe", NameZh: "上网服务场所登记", NameEn: "Internet café registration",
			Users: []string{"internet-cafe"},
			Tier:  TierLight, Classes: []string{"A", "B", "C", "D"},
			MinAge: 18, Compare: true,
			Request:   []string{ClaimName, ClaimID, ClaimOver18},
			Optional:  []string{ClaimPhoto},
			Show:      []string{ClaimName, ClaimPhoto, ClaimOver18},
			Seal:      []string{ClaimName, ClaimID},
			Handle:    true,
			Retention: 60 * day,
			Rule:      "《互联网上网服务营业场所管理条例》第二十一条、第二十三条",
		},
		{
			Code: "hotel", NameZh: "旅馆住宿登记", NameEn: "Hotel check-in",
			Users: []string{"hotel"},
			Tier:  TierLight, Factors: FactorFace, FactorMaxAge: 5 * 365 * day, Classes: []string{"A", "B"},
			Compare:   true,
			Request:   []string{ClaimName, ClaimID},
			Optional:  []string{ClaimSex, ClaimAddress, ClaimPhoto},
			Show:      []string{ClaimName, ClaimPhoto},
			Seal:      []string{ClaimName, ClaimID, ClaimSex, ClaimAddress},
			Handle:    true,
			Retention: 365 * day,
			Rule:      "《旅馆业治安管理办法》第六条",
		},
		{
			Code: "railway", NameZh: "铁路乘车查验", NameEn: "Railway boarding",
			Users: []string{"railway"},
			Tier:  TierLight, Classes: []string{"A", "B", "C"},
			Compare:  true,
			Request:  []string{ClaimName, ClaimID},
			Optional: []string{ClaimPhoto},
			Show:     []string{ClaimName, ClaimID, ClaimPhoto},
			Rule:     "《铁路安全管理条例》第六十四条",
		},
		{
			Code: "delivery", NameZh: "取件确认", NameEn: "Parcel pick-up",
			Users: []string{"delivery"},
			Tier:  TierLight, Classes: []string{"A", "B"},
			Handle: true,
		},
		counter("household-registration", "户口登记", "Household registration", "public-security", 2*365*day,
			[]string{ClaimName, ClaimID, ClaimBirth, ClaimSex, ClaimAddress}, ""),
		counter("driving-licence", "机动车驾驶证业务", "Driving licence", "public-security", 2*365*day,
			[]string{ClaimName, ClaimID, ClaimBirth}, ""),
		counter("bank-account", "开立银行账户", "Opening a bank account", "bank", 365*day,
			[]string{ClaimName, ClaimID, ClaimSex, ClaimAddress}, "《个人存款账户实名制规定》第六条"),
		counter("business-registration", "市场主体登记", "Business registration", "registration-authority", 365*day,
			[]string{ClaimName, ClaimID, ClaimAddress}, "《市场主体登记管理条例》第十五条"),
		{
			Code: "court", NameZh: "在线诉讼身份核验", NameEn: "Online court hearing",
			Users: []string{"court"},
			Tier:  TierFull, Factors: FactorFace | FactorVoice, FactorMaxAge: 180 * day, Classes: []string{"A"},
			Compare:   true,
			Request:   []string{ClaimName, ClaimID},
			Optional:  []string{ClaimPhoto},
			Show:      []string{ClaimName, ClaimID, ClaimPhoto},
			Seal:      []string{ClaimName, ClaimID},
			Retention: 2 * 365 * day,
			Rule:      "《人民法院在线诉讼规则》第七条",
		},
		{
			Code: "online-login", NameZh: "网上登录", NameEn: "Online login",
			Tier: TierLight, Classes: []string{"A"},
			Handle: true,
		},
	}
}

// counter is a purpose of an office that works with the full card, PIN and
// terminal: everything asked for is shown, name and number are sealed, and a
// portrait is compared where there is one. asked is in the order of the claims.
func counter(code, zh, en, user string, factorAge time.Duration, asked []string, rule string) Purpose {
	return Purpose{
		Code: code, NameZh: zh, NameEn: en,
		Users: []string{user},
		Tier:  TierFull, Factors: FactorPIN8 | FactorTerminal, FactorMaxAge: factorAge, Classes: []string{"A"},
		Compare:   true,
		Request:   asked,
		Optional:  []string{ClaimPhoto},
		Show:      append(slices.Clone(asked), ClaimPhoto),
		Seal:      []string{ClaimName, ClaimID},
		Retention: 2 * 365 * day,
		Rule:      rule,
	}
}

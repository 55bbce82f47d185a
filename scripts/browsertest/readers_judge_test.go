package browsertest

import "testing"

func TestJudge(t *testing.T) {
	text := func(s string) *string { return &s }
	coded := labelled{Kind: "qr", Texts: []string{"a\nb", "c"}}
	some := labelled{Kind: "qr", Texts: []string{"c"}, Partial: true}
	none := labelled{Kind: "none"}
	tests := []struct {
		name  string
		image labelled
		text  *string
		want  verdict
	}{
		{"nothing", coded, nil, missed},
		{"one of its texts", coded, text("c"), right},
		{"line ends of a text file", coded, text("a\r\nb\n"), right},
		{"another text", coded, text("d"), wrong},
		{"empty text", coded, text(""), wrong},
		{"a symbol that is not listed", some, text("d"), unknown},
		{"nothing where nothing is", none, nil, missed},
		{"text where nothing is", none, text(""), invented},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.image.judge(tt.text); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

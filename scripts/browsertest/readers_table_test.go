package browsertest

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// tallied counts the answers of one reader.
type tallied struct {
	verdicts [invented + 1]int
	ms       []float64
}

func (t *tallied) add(l labelled, a answer) {
	t.verdicts[l.judge(a.Text)]++
	t.ms = append(t.ms, a.MS)
}

// writeRow writes one class.
func writeRow(out io.Writer, name string, pairs []pair) {
	var ours, zxing tallied
	var ratios []float64
	for _, p := range pairs {
		ours.add(p.image, p.Ours)
		zxing.add(p.image, p.Zxing)
		if p.Zxing.MS > 0 {
			ratios = append(ratios, p.Ours.MS/p.Zxing.MS)
		}
	}
	behind := ""
	if ours.verdicts[right] < zxing.verdicts[right] {
		behind = " behind"
	}
	fmt.Fprintf(out, "%-32s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\n", name, len(pairs),
		ours.verdicts[right], zxing.verdicts[right], ours.verdicts[wrong], zxing.verdicts[wrong], ours.verdicts[invented], zxing.verdicts[invented],
		quantile(ours.ms, 0.5), quantile(zxing.ms, 0.5), quantile(ours.ms, 0.95), quantile(zxing.ms, 0.95), quantile(ratios, 0.5), behind)
}

// writeCorpus writes the rows of a corpus: its sum without frames of clips, and
// folders and classes in the order in which they come.
func writeCorpus(out io.Writer, name string, pairs []pair) {
	coded := slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return p.image.Clip != "" || p.image.Kind == "none" })
	writeRow(out, name+", all with a code", coded)
	parts(pairs, func(l labelled) string { return l.group }, func(group string, pairs []pair) {
		if group != "" {
			writeRow(out, name+"/"+group, pairs)
		}
		classes := 0
		parts(pairs, func(l labelled) string { return l.Class }, func(string, []pair) { classes++ })
		if classes == 1 && group != "" {
			return
		}
		parts(pairs, func(l labelled) string { return l.Class }, func(class string, pairs []pair) {
			writeRow(out, filepath.Join(group, class), pairs)
		})
	})
}

// parts calls f with the pairs of each key, in the order in which keys come.
func parts(pairs []pair, key func(labelled) string, f func(string, []pair)) {
	var keys []string
	byKey := map[string][]pair{}
	for _, p := range pairs {
		k := key(p.image)
		if byKey[k] == nil {
			keys = append(keys, k)
		}
		byKey[k] = append(byKey[k], p)
	}
	for _, k := range keys {
		f(k, byKey[k])
	}
}

// remarks names what must not happen, and with -list what only one reader reads.
func remarks(corpus string, p pair) []string {
	name := filepath.Join(corpus, p.image.group, p.image.File)
	ours, zxing := p.image.judge(p.Ours.Text), p.image.judge(p.Zxing.Text)
	var notes []string
	for _, r := range []struct {
		reader string
		verdict
		text *string
	}{{"ours", ours, p.Ours.Text}, {"zxing-wasm", zxing, p.Zxing.Text}} {
		switch r.verdict {
		case wrong:
			notes = append(notes, fmt.Sprintf("wrong, %s: %s: %q, want one of %q", r.reader, name, *r.text, p.image.Texts))
		case invented:
			notes = append(notes, fmt.Sprintf("false, %s: %s: %q", r.reader, name, *r.text))
		}
	}
	if *listed && p.image.Clip == "" && (ours == right) != (zxing == right) {
		reader := "ours"
		if zxing == right {
			reader = "zxing-wasm"
		}
		notes = append(notes, fmt.Sprintf("read by %s alone: %s", reader, name))
	}
	return notes
}

// writeClips prints the frame, counted from 1, in which clips are first read, on average;
// a clip that is not read counts as one frame more than it has.
func writeClips(name string, pairs []pair) {
	var ours, zxing, length, clips float64
	parts(pairs, func(l labelled) string { return l.Clip }, func(clip string, frames []pair) {
		if clip == "" {
			return
		}
		first := func(of func(pair) answer) float64 {
			i := slices.IndexFunc(frames, func(p pair) bool { return p.image.judge(of(p).Text) == right })
			if i < 0 {
				i = len(frames)
			}
			return float64(i + 1)
		}
		ours += first(func(p pair) answer { return p.Ours })
		zxing += first(func(p pair) answer { return p.Zxing })
		length += float64(len(frames))
		clips++
	})
	if clips > 0 {
		fmt.Printf("%s: first read of a clip, mean of %.0f, as stills: ours frame %.1f, zxing-wasm %.1f, of %.0f\n",
			name, clips, ours/clips, zxing/clips, length/clips)
	}
}

package browsertest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jianzheng/scripts/chrome"
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

// writeHead writes the names of the columns.
func writeHead(out io.Writer) {
	fmt.Fprintf(out, "%-32s\timages\tread\tzxing\twrong\tzxing\tfalse\tzxing\tmedian ms\tzxing\tp95 ms\tzxing\tratio\t", "class")
	fmt.Fprint(out, "luma: read\tzxing\tmedian ms\tzxing\tratio\tvideo ms\tratio\t\n")
}

// writeRow writes one class.
func writeRow(out io.Writer, name string, pairs []pair) {
	var ours, zxing, oursLuma, zxingLuma, video tallied
	for _, p := range pairs {
		ours.add(p.image, p.Ours)
		zxing.add(p.image, p.Zxing)
		oursLuma.add(p.image, p.OursLuma)
		zxingLuma.add(p.image, p.ZxingLuma)
		video.add(p.image, p.Video)
	}
	behind := ""
	if ours.verdicts[right] < zxing.verdicts[right] {
		behind = " behind"
	}
	fmt.Fprintf(out, "%-32s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t", name, len(pairs),
		ours.verdicts[right], zxing.verdicts[right], ours.verdicts[wrong], zxing.verdicts[wrong], ours.verdicts[invented], zxing.verdicts[invented],
		quantile(ours.ms, 0.5), quantile(zxing.ms, 0.5), quantile(ours.ms, 0.95), quantile(zxing.ms, 0.95), ratio(ours, zxing))
	fmt.Fprintf(out, "%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\n", oursLuma.verdicts[right], zxingLuma.verdicts[right],
		quantile(oursLuma.ms, 0.5), quantile(zxingLuma.ms, 0.5), ratio(oursLuma, zxingLuma), quantile(video.ms, 0.5), ratio(video, zxingLuma), behind)
}

// ratio returns the median of the ratios per image.
func ratio(ours, theirs tallied) float64 {
	var ratios []float64
	for i, ms := range theirs.ms {
		if ms > 0 {
			ratios = append(ratios, ours.ms[i]/ms)
		}
	}
	return quantile(ratios, 0.5)
}

// writeSums writes the rows over all corpora: every image, and the frames that
// a camera sees most of the day.
func writeSums(out io.Writer, pairs []pair) {
	writeRow(out, "all images", pairs)
	writeRow(out, "no code, 1280×720", slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool {
		return p.image.Kind != "none" || p.Width != 1280 || p.Height != 720
	}))
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
		answer
	}{
		{"ours", p.Ours}, {"zxing-wasm", p.Zxing}, {"ours, luma", p.OursLuma}, {"zxing-wasm, luma", p.ZxingLuma}, {"ours, video", p.Video},
	} {
		switch p.image.judge(r.Text) {
		case wrong:
			notes = append(notes, fmt.Sprintf("wrong, %s: %s: %q, want one of %q", r.reader, name, *r.Text, p.image.Texts))
		case invented:
			notes = append(notes, fmt.Sprintf("false, %s: %s: %q", r.reader, name, *r.Text))
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

// clipFrame is what both readers said of one frame of a clip, ours reading the
// clip as a video.
type clipFrame struct{ Ours, Zxing answer }

// writeClips prints the frame, counted from 1, in which clips are first read, on
// average: as stills, and in turn as a camera gives them. A clip that is not
// read counts as one frame more than it has.
func writeClips(name string, pairs []pair, page *chrome.Page, corpus int) {
	var sum [4]float64 // ours and zxing-wasm as stills, then as a video
	var length, clips float64
	var lines strings.Builder
	parts(pairs, func(l labelled) string { return l.Clip }, func(clip string, frames []pair) {
		if clip == "" {
			return
		}
		var urls []string
		for k, p := range pairs {
			if p.image.Clip == clip {
				urls = append(urls, fmt.Sprintf("/image/%d/%d", corpus, k))
			}
		}
		var played []clipFrame
		page.Eval("cold({ task: 'clip', urls: "+quoteJS(urls)+" })", &played)
		first := func(of func(int) answer) int {
			for i, p := range frames {
				if p.image.judge(of(i).Text) == right {
					return i + 1
				}
			}
			return len(frames) + 1
		}
		at := [4]int{
			first(func(i int) answer { return frames[i].Ours }), first(func(i int) answer { return frames[i].Zxing }),
			first(func(i int) answer { return played[i].Ours }), first(func(i int) answer { return played[i].Zxing }),
		}
		for i := range at {
			sum[i] += float64(at[i])
		}
		fmt.Fprintf(&lines, "  %-24s as a video: ours frame %d, zxing-wasm %d, of %d\n", clip, at[2], at[3], len(frames))
		length += float64(len(frames))
		clips++
	})
	if clips > 0 {
		fmt.Printf("%s: first read of a clip, mean of %.0f, as stills: ours frame %.1f, zxing-wasm %.1f; as a video: ours frame %.1f, zxing-wasm %.1f; of %.0f\n%s",
			name, clips, sum[0]/clips, sum[1]/clips, sum[2]/clips, sum[3]/clips, length/clips, &lines)
	}
}

// writeResults writes a line for each image.
func writeResults(file string, sets []corpus, all [][]pair) error {
	type line struct {
		Corpus, Group, Class, Clip, File, Kind string
		pair
	}
	var lines []line
	for i, pairs := range all {
		for _, p := range pairs {
			l := p.image
			lines = append(lines, line{sets[i].name, l.group, l.Class, l.Clip, l.File, l.Kind, p})
		}
	}
	data, err := json.MarshalIndent(lines, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

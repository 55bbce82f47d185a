package main

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The files are what the program draws.
func TestIconsAreDrawn(t *testing.T) {
	for _, p := range pictures {
		file, err := os.Open(filepath.Join("..", "..", "web", "icons", p.name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		got, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		want := p.draw()
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s: %v, want %v", p.name, got.Bounds(), want.Bounds())
		}
		for y := range p.size {
			for x := range p.size {
				if color.NRGBAModel.Convert(got.At(x, y)) != want.At(x, y) {
					t.Fatalf("%s differs at %d, %d", p.name, x, y)
				}
			}
		}
	}
}

// The mark here is the mark of the SVG file.
func TestMark(t *testing.T) {
	text, err := os.ReadFile("../../web/styles/mark.svg")
	if err != nil {
		t.Fatal(err)
	}
	svg := string(text)
	for _, part := range []string{`viewBox="0 0 64 64"`, `rx="14"`, `fill="#0B5CAD"`} {
		if !strings.Contains(svg, part) {
			t.Errorf("mark.svg lacks %s", part)
		}
	}
	var got []line
	path := regexp.MustCompile(` d="([^"]+)"[^>]* stroke-width="(\d+)"`)
	step := regexp.MustCompile(`([MHVhvl])|(-?\d+)`)
	for _, match := range path.FindAllStringSubmatch(svg, -1) {
		width, _ := strconv.ParseFloat(match[2], 64)
		command, numbers := "", []float64{}
		x, y := 0.0, 0.0
		for _, token := range step.FindAllString(match[1], -1) {
			number, err := strconv.ParseFloat(token, 64)
			if err != nil {
				command, numbers = token, nil
				continue
			}
			numbers = append(numbers, number)
			switch {
			case command == "H":
				x = number
			case command == "h":
				x += number
			case command == "V":
				y = number
			case command == "v":
				y += number
			case len(numbers) < 2:
				continue
			case command == "M":
				x, y = numbers[0], numbers[1]
				got = append(got, line{width: width})
			case command == "l":
				x, y = x+numbers[0], y+numbers[1]
			}
			numbers = nil
			last := &got[len(got)-1]
			last.points = append(last.points, [2]float64{x, y})
		}
	}
	if len(got) != len(lines) {
		t.Fatalf("%d strokes in mark.svg, %d here", len(got), len(lines))
	}
	for i, l := range lines {
		same := got[i].width == l.width && len(got[i].points) == len(l.points)
		for j := 0; same && j < len(l.points); j++ {
			same = got[i].points[j] == l.points[j]
		}
		if !same {
			t.Errorf("stroke %d: %v, in mark.svg %v", i, l, got[i])
		}
	}
}

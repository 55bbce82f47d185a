package webgl

import (
	"fmt"
	"slices"
	"strings"
	"syscall/js"
)

// vertex draws one triangle over everything, from the number of the vertex alone.
const vertex = `#version 300 es
void main() {
	gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`

// fragment packs the luma of four pixels (BT.601, as cameras deliver their own)
// into one. Past the right edge the last pixel is repeated. What is
// transparent lies on white.
const fragment = `#version 300 es
precision highp float;
uniform sampler2D frame;
out vec4 four;
float luma(ivec2 at, int last) {
	vec4 c = texelFetch(frame, ivec2(min(at.x, last), at.y), 0);
	return mix(1.0, dot(c.rgb, vec3(0.299, 0.587, 0.114)), c.a);
}
void main() {
	ivec2 at = ivec2(gl_FragCoord.xy) * ivec2(4, 1);
	int last = textureSize(frame, 0).x - 1;
	four = vec4(luma(at, last), luma(at + ivec2(1, 0), last), luma(at + ivec2(2, 0), last), luma(at + ivec2(3, 0), last));
}`

// Prepare sets up WebGL 2 on a canvas of its own. Unless slow is allowed, one that the
// main processor draws counts as none: a 2D canvas takes half its time. It puts the object frameToLuma on the
// global object, with
//
//	canvas         to be given a quarter of a frame's width, rounded up, and its height
//	view(0, 0, w, h)          after a change of that size
//	upload(frame)             a VideoFrame or ImageBitmap
//	draw()
//	read(0, 0, w, h, RGBA, UNSIGNED_BYTE, bytes)  4·w·h bytes of luma
//	fault()                   the code of what went wrong since, or 0
//	lost()                    whether the context is gone
//
// The error wraps [ErrNone].
func Prepare(slow bool) error {
	global := js.Global()
	canvas := global.Get("OffscreenCanvas")
	if !canvas.Truthy() {
		return fmt.Errorf("%w: no OffscreenCanvas", ErrNone)
	}
	canvas = canvas.New(1, 1)
	options := js.ValueOf(map[string]any{
		"alpha": true, "depth": false, "stencil": false, "antialias": false, "premultipliedAlpha": false,
		"preserveDrawingBuffer": false, "failIfMajorPerformanceCaveat": !slow,
	})
	gl := canvas.Call("getContext", "webgl2", options)
	if !gl.Truthy() {
		return fmt.Errorf("%w: no context", ErrNone)
	}
	if !slow && inSoftware(gl) {
		return fmt.Errorf("%w: it is drawn in software", ErrNone)
	}
	program, err := link(gl)
	if err != nil {
		return err
	}
	texture2D := gl.Get("TEXTURE_2D")
	gl.Call("useProgram", program)
	gl.Call("bindTexture", texture2D, gl.Call("createTexture"))
	for _, p := range [][2]string{
		{"TEXTURE_MIN_FILTER", "NEAREST"}, {"TEXTURE_MAG_FILTER", "NEAREST"},
		{"TEXTURE_WRAP_S", "CLAMP_TO_EDGE"}, {"TEXTURE_WRAP_T", "CLAMP_TO_EDGE"},
	} {
		gl.Call("texParameteri", texture2D, gl.Get(p[0]), gl.Get(p[1]))
	}
	gl.Call("disable", gl.Get("BLEND"))
	gl.Call("disable", gl.Get("DITHER"))
	rgba, bytes := gl.Get("RGBA"), gl.Get("UNSIGNED_BYTE")
	bind := func(name string, args ...any) js.Value {
		return gl.Get(name).Call("bind", append([]any{gl}, args...)...)
	}
	global.Set("frameToLuma", map[string]any{
		"canvas": canvas,
		"view":   bind("viewport"),
		"upload": bind("texImage2D", texture2D, 0, rgba, rgba, bytes),
		"draw":   bind("drawArrays", gl.Get("TRIANGLES"), 0, 3),
		"read":   bind("readPixels"),
		"fault":  bind("getError"),
		"lost":   bind("isContextLost"),
	})
	return nil
}

// renderers are what software that draws WebGL calls itself.
var renderers = []string{"swiftshader", "llvmpipe", "software", "basic render"}

// inSoftware tells whether a context has no graphics processor, which browsers
// do not always count as a caveat.
func inSoftware(gl js.Value) bool {
	name := gl.Call("getParameter", gl.Get("RENDERER"))
	if info := gl.Call("getExtension", "WEBGL_debug_renderer_info"); info.Truthy() {
		name = gl.Call("getParameter", info.Get("UNMASKED_RENDERER_WEBGL"))
	}
	lower := strings.ToLower(name.String())
	return slices.ContainsFunc(renderers, func(s string) bool { return strings.Contains(lower, s) })
}

// link compiles both shaders into a program.
func link(gl js.Value) (js.Value, error) {
	program := gl.Call("createProgram")
	for kind, source := range map[string]string{"VERTEX_SHADER": vertex, "FRAGMENT_SHADER": fragment} {
		shader := gl.Call("createShader", gl.Get(kind))
		gl.Call("shaderSource", shader, source)
		gl.Call("compileShader", shader)
		if !gl.Call("getShaderParameter", shader, gl.Get("COMPILE_STATUS")).Truthy() {
			return js.Value{}, fmt.Errorf("%w: %s: %s", ErrNone, kind, gl.Call("getShaderInfoLog", shader).String())
		}
		gl.Call("attachShader", program, shader)
	}
	gl.Call("linkProgram", program)
	if !gl.Call("getProgramParameter", program, gl.Get("LINK_STATUS")).Truthy() {
		return js.Value{}, fmt.Errorf("%w: %s", ErrNone, gl.Call("getProgramInfoLog", program).String())
	}
	return program, nil
}

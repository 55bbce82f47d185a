package webdriver

import (
	"context"
	"encoding/json"
)

// command is one of W3C WebDriver, under its name in Marionette, and as method and
// path of HTTP below a session. In a path, {id} stands for the parameter of
// that name.
type command struct {
	name, method, path string
}

var (
	newSession     = command{"WebDriver:NewSession", "POST", ""}
	deleteSession  = command{"WebDriver:DeleteSession", "DELETE", ""}
	setTimeouts    = command{"WebDriver:SetTimeouts", "POST", "/timeouts"}
	navigateTo     = command{"WebDriver:Navigate", "POST", "/url"}
	setWindowRect  = command{"WebDriver:SetWindowRect", "POST", "/window/rect"}
	findElement    = command{"WebDriver:FindElement", "POST", "/element"}
	elementClick   = command{"WebDriver:ElementClick", "POST", "/element/{id}/click"}
	sendKeys       = command{"WebDriver:ElementSendKeys", "POST", "/element/{id}/value"}
	executeAsync   = command{"WebDriver:ExecuteAsyncScript", "POST", "/execute/async"}
	performActions = command{"WebDriver:PerformActions", "POST", "/actions"}
	screenshot     = command{"WebDriver:TakeScreenshot", "GET", "/screenshot"}
)

// params are those of a command.
type params map[string]any

// wire takes commands to a browser and returns the value that it answers.
type wire interface {
	do(ctx context.Context, c command, p params) (json.RawMessage, error)
}

// remoteError is what a browser answers to a command that failed.
type remoteError struct {
	Code    string `json:"error"`
	Message string `json:"message"`
}

func (e *remoteError) Error() string { return e.Code + ": " + e.Message }

// elementKey is the name under which an element's reference stands (WebDriver, section 11).
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

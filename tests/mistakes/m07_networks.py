"""What learners get wrong in notebook 07, and how the checker must name it."""

# ruff: noqa: E501  (a table, one case a line)

from __future__ import annotations


def _cell(target: str, signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@fill_in({target})\ndef {signature}:\n{body}\n"


def _tanh(*lines: str) -> str:
    return _cell("Tanh", "backward(ctx, grad_output)", "(Y,) = ctx.saved_tensors", *lines)


def _relu(*lines: str) -> str:
    return _cell("ReLU", "backward(ctx, grad_output)", "(X,) = ctx.saved_tensors", *lines)


def _linear(*lines: str) -> str:
    return _cell("nn.Linear.backward", "backward(self, grad_output)", *lines)


def _filled(*lines: str) -> str:
    return _linear("grad_X, grad_W, grad_b = self.pullback(grad_output)", *lines)


def _zero(*lines: str) -> str:
    return _cell("nn.Module.zero_grad", "zero_grad(self)", *lines)


def _forward(*lines: str) -> str:
    return _cell("nn.Sequential.forward", "forward(self, X)", *lines)


def _backward(*lines: str) -> str:
    return _cell("nn.Sequential.backward", "backward(self, grad_output)", *lines)


def _parameters(*lines: str) -> str:
    return _cell("nn.Sequential.parameters", "parameters(self)", *lines)


def _factor(expression: str) -> str:
    return _cell("accumulated", "accumulated_factor(parts, calls)", f"return {expression}").replace(
        "fill_in(accumulated)", "fill_in(nn.accumulated_factor)"
    )


def _step(*lines: str) -> str:
    return _cell("nn.train_step", "train_step(network, X, Y, rate)", *lines)


ZERO = "network.zero_grad()"
LOSS = "C, pullback = vjp(MSE, network(X), Y)"
BACK = "network.backward(pullback(1.0)[0])"
DOWN = "nn.descend(network.parameters(), rate)"

# fmt: off
MISTAKES: list[tuple[str, str, str, str]] = [
    ("Tanh.backward", "tanh of the output again", _tanh("return grad_output * (1 - np.tanh(Y) ** 2)"), "wrong-point"),
    ("Tanh.backward", "the upstream is ignored", _tanh("return 1 - Y ** 2"), "no-upstream"),
    ("Tanh.backward", "the square is forgotten", _tanh("return grad_output * (1 - Y)"), "not-squared"),
    ("Tanh.backward", "plus for minus", _tanh("return grad_output * (1 + Y ** 2)"), "wrong-local"),
    ("Tanh.backward", "the sign", _tanh("return grad_output * (Y ** 2 - 1)"), "factor:-1"),
    ("Tanh.backward", "the slope is left out", _tanh("return grad_output"), "missing-local"),
    ("Tanh.backward", "the sigmoid's slope", _tanh("return grad_output * Y * (1 - Y)"), "wrong-local"),
    ("Tanh.backward", "the bracket is squared", _tanh("return (1 - Y) ** 2 * grad_output"), "wrong-local"),
    ("Tanh.backward", "no bracket", _tanh("return 1 * grad_output - Y ** 2"), "upstream-misused"),
    ("Tanh.backward", "divided by the slope", _tanh("return grad_output / (1 - Y ** 2)"), "inverted"),
    ("Tanh.backward", "works in place", _tanh("Y *= -Y", "return grad_output * (1 + Y)"), "mutates-input"),

    ("ReLU.backward", "the upstream is ignored", _relu("return np.where(X > 0, 1.0, 0.0)"), "no-upstream"),
    ("ReLU.backward", "the slope is left out", _relu("return grad_output"), "missing-local"),
    ("ReLU.backward", "the gradient is cut, not the input", _relu("return np.maximum(grad_output, 0)"), "upstream-misused"),
    ("ReLU.backward", "a mask alone", _relu("return X >= 0"), "no-upstream"),
    ("ReLU.backward", "the slope of the size", _relu("return np.sign(X) * grad_output"), "sign"),
    ("ReLU.backward", "the other side", _relu("return grad_output * (X < 0)"), "inverted"),
    ("ReLU.backward", "multiplied by the output", _relu("return grad_output * np.maximum(X, 0)"), "missing-local"),
    ("ReLU.backward", "changes grad_output", _relu("grad_output[X <= 0] = 0", "return grad_output"), "mutates-upstream"),
    ("ReLU.backward", "1 at exactly 0", _relu("return grad_output * (X >= 0)"), "kink-convention"),
    ("ReLU.backward", "1/2 at exactly 0", _relu("return grad_output * (1 + np.sign(X)) / 2"), "kink-convention"),

    ("nn.Linear.backward", "= where += is meant", _filled("self.W.grad = grad_W", "self.b.grad = grad_b", "return grad_X"), "overwritten"),
    ("nn.Linear.backward", "= for the bias only", _filled("self.W.grad += grad_W", "self.b.grad = grad_b", "return grad_X"), "overwritten"),
    ("nn.Linear.backward", "added to the data", _filled("self.W.data += grad_W", "self.b.data += grad_b", "return grad_X"), "changes-data"),
    ("nn.Linear.backward", "a step of descent at once", _filled("self.W.data -= 0.1 * grad_W", "self.b.data -= 0.1 * grad_b", "return grad_X"), "changes-data"),
    ("nn.Linear.backward", "grad_X is not returned", _filled("self.W.grad += grad_W", "self.b.grad += grad_b"), "not-returned"),
    ("nn.Linear.backward", "all three are returned", _filled("self.W.grad += grad_W", "self.b.grad += grad_b", "return grad_X, grad_W, grad_b"), "count"),
    ("nn.Linear.backward", "nothing is added", _filled("return grad_X"), "not-accumulated"),
    ("nn.Linear.backward", "subtracted", _filled("self.W.grad -= grad_W", "self.b.grad -= grad_b", "return grad_X"), "factor:-1"),
    ("nn.Linear.backward", "the mean over the batch", _filled("q = len(grad_output)", "self.W.grad += grad_W / q", "self.b.grad += grad_b / q", "return grad_X"), "factor:1/q"),
    ("nn.Linear.backward", "what arrived is passed on", _filled("self.W.grad += grad_W", "self.b.grad += grad_b", "return grad_output"), "wrong-input"),
    ("nn.Linear.backward", "the Parameter itself", _filled("self.W += grad_W", "return grad_X"), "crash"),
    ("nn.Linear.backward", "the pullback for each of them", _linear("self.W.grad += self.pullback(grad_output)[1]", "self.b.grad += self.pullback(grad_output)[2]", "return self.pullback(grad_output)[0]"), "pulled-twice"),

    ("nn.Module.zero_grad", "a variable of its own", _zero("for parameter in self.parameters():", "    grad = parameter.grad", "    grad = 0"), "unchanged"),
    ("nn.Module.zero_grad", "None", _zero("for parameter in self.parameters():", "    parameter.grad = None"), "shape"),
    ("nn.Module.zero_grad", "the number 0", _zero("for parameter in self.parameters():", "    parameter.grad = 0.0"), "shape"),
    ("nn.Module.zero_grad", "the data", _zero("for parameter in self.parameters():", "    parameter.data[...] = 0"), "changes-data"),
    ("nn.Module.zero_grad", "the first only", _zero("for parameter in self.parameters():", "    parameter.grad = np.zeros_like(parameter.grad)", "    return"), "only-first"),
    ("nn.Module.zero_grad", "the last only", _zero("for parameter in self.parameters():", "    pass", "parameter.grad = np.zeros_like(parameter.grad)"), "only-last"),
    ("nn.Module.zero_grad", "taken from itself", _zero("for parameter in self.parameters():", "    parameter.grad -= parameter.grad"), "nan"),
    ("nn.Module.zero_grad", "the first one taken for granted", _zero("parameters = self.parameters()", "parameters[0].grad[...] = 0", "for parameter in parameters:", "    parameter.grad[...] = 0"), "crash"),
    ("nn.Module.zero_grad", "ones", _zero("for parameter in self.parameters():", "    parameter.grad[...] = 1.0"), "wrong-local"),
    ("nn.Module.zero_grad", "whole numbers", _zero("for parameter in self.parameters():", "    parameter.grad = np.zeros(parameter.data.shape, dtype=int)"), "dtype-int"),
    ("nn.Module.zero_grad", "lists", _zero("for parameter in self.parameters():", "    parameter.grad = (0 * parameter.data).tolist()"), "type"),
    ("nn.Module.zero_grad", "the parameter in place of its grad", _zero("for parameter in self.parameters():", "    parameter = np.zeros_like(parameter.grad)"), "unchanged"),

    ("nn.Sequential.forward", "every module is given X", _forward("for module in self.modules:", "    out = module(X)", "return out"), "not-chained"),
    ("nn.Sequential.forward", "last one first", _forward("for module in self.modules[::-1]:", "    X = module(X)", "return X"), "wrong-order"),
    ("nn.Sequential.forward", "return inside the loop", _forward("for module in self.modules:", "    X = module(X)", "    return X"), "missing-term"),
    ("nn.Sequential.forward", "one module too few", _forward("for module in self.modules[:-1]:", "    X = module(X)", "return X"), "missing-term"),
    ("nn.Sequential.forward", "the result is not kept", _forward("for module in self.modules:", "    module(X)", "return X"), "missing-term"),
    ("nn.Sequential.forward", "a list of all outputs", _forward("outputs = []", "for module in self.modules:", "    X = module(X)", "    outputs.append(X)", "return outputs"), "type"),
    ("nn.Sequential.forward", "three modules at most", _forward("for module in self.modules[:3]:", "    X = module(X)", "return X"), "hardcoded"),
    ("nn.Sequential.forward", "nothing for no module", _forward("for module in self.modules:", "    X = out = module(X)", "return out"), "crash"),
    ("nn.Sequential.forward", "two modules typed in", _forward("first, second = self.modules", "return second(first(X))"), "crash"),
    ("nn.Sequential.forward", "what goes in is added", _forward("for module in self.modules:", "    X = X + module(X)", "return X"), "added"),
    ("nn.Sequential.forward", "each twice", _forward("for module in self.modules:", "    X = module(module(X))", "return X"), "counted-twice"),
    ("nn.Sequential.forward", "the sum of the outputs", _forward("return sum(module(X) for module in self.modules)"), "not-chained"),
    ("nn.Sequential.forward", "no return", _forward("for module in self.modules:", "    X = module(X)"), "type"),

    ("nn.Sequential.backward", "first one first", _backward("for module in self.modules:", "    grad_output = module.backward(grad_output)", "return grad_output"), "wrong-order"),
    ("nn.Sequential.backward", "three modules at most", _backward("for module in self.modules[::-1][:3]:", "    grad_output = module.backward(grad_output)", "return grad_output"), "hardcoded"),
    ("nn.Sequential.backward", "the last one taken for granted", _backward("grad = self.modules[-1].backward(grad_output)", "for module in self.modules[-2::-1]:", "    grad = module.backward(grad)", "return grad"), "crash"),
    ("nn.Sequential.backward", "not chained", _backward("for module in reversed(self.modules):", "    grad = module.backward(grad_output)", "return grad"), "not-chained"),
    ("nn.Sequential.backward", "the first one is left out", _backward("for module in self.modules[:0:-1]:", "    grad_output = module.backward(grad_output)", "return grad_output"), "missing-term"),
    ("nn.Sequential.backward", "emptied first", _backward("for parameter in self.parameters():", "    parameter.grad = np.zeros_like(parameter.data)", "for module in reversed(self.modules):", "    grad_output = module.backward(grad_output)", "return grad_output"), "overwritten"),
    ("nn.Sequential.backward", "each called twice", _backward("for module in reversed(self.modules):", "    module.backward(grad_output)", "    grad_output = module.backward(grad_output)", "return grad_output"), "counted-twice"),
    ("nn.Sequential.backward", "all of them", _backward("grads = []", "for module in reversed(self.modules):", "    grad_output = module.backward(grad_output)", "    grads.append(grad_output)", "return tuple(grads)"), "count"),
    ("nn.Sequential.backward", "nothing is returned", _backward("for module in reversed(self.modules):", "    grad_output = module.backward(grad_output)"), "not-returned"),
    ("nn.Sequential.backward", "what arrived is returned", _backward("grad = grad_output", "for module in reversed(self.modules):", "    grad = module.backward(grad)", "return grad_output"), "wrong-input"),
    ("nn.Sequential.backward", "return inside the loop", _backward("for module in reversed(self.modules):", "    return module.backward(grad_output)"), "wrong-input"),
    ("nn.Sequential.backward", "the list is turned around", _backward("self.modules.reverse()", "for module in self.modules:", "    grad_output = module.backward(grad_output)", "return grad_output"), "mutates-input"),
    ("nn.Sequential.backward", "the modules are called forward", _backward("for module in reversed(self.modules):", "    grad_output = module(grad_output)", "return grad_output"), "missing-local"),

    ("nn.Sequential.parameters", "a list of lists", _parameters("return [module.parameters() for module in self.modules]"), "type"),
    ("nn.Sequential.parameters", "a shared module counts twice", _parameters("return [parameter for module in self.modules for parameter in module.parameters()]"), "counted-twice"),
    ("nn.Sequential.parameters", "the arrays", _parameters("return [parameter.data for module in self.modules for parameter in module.parameters()]"), "type"),
    ("nn.Sequential.parameters", "the first module only", _parameters("for module in self.modules:", "    return module.parameters()"), "missing-term"),
    ("nn.Sequential.parameters", "the last module only", _parameters("for module in self.modules:", "    found = module.parameters()", "return found"), "missing-term"),
    ("nn.Sequential.parameters", "equal numbers are taken for one", _parameters("found = []", "for module in self.modules:", "    for each in module.parameters():", "        if not any(np.array_equal(each.data, other.data) for other in found):", "            found.append(each)", "return found"), "missing-term"),
    ("nn.Sequential.parameters", "a set", _parameters("return {parameter for module in self.modules for parameter in module.parameters()}"), "type"),
    ("nn.Sequential.parameters", "last layer first", _parameters("found = []", "for module in reversed(self.modules):", "    found += [each for each in module.parameters() if each not in found]", "return found"), "order"),
    ("nn.Sequential.parameters", "the first module taken for granted", _parameters("found = [*self.modules[0].parameters()]", "for module in self.modules[1:]:", "    found += [each for each in module.parameters() if each not in found]", "return found"), "crash"),
    ("nn.Sequential.parameters", "only what has a W", _parameters("found = []", "for module in self.modules:", "    if hasattr(module, 'W'):", "        found += [module.W, module.b]", "return found"), "missing-term"),

    ("accumulated_factor", "the calls only", _factor("calls"), "missing-factor"),
    ("accumulated_factor", "the parts only", _factor("parts"), "missing-factor"),
    ("accumulated_factor", "nothing changes", _factor("1"), "overwritten"),
    ("accumulated_factor", "the parts divide", _factor("calls / parts"), "inverted"),
    ("accumulated_factor", "one over it", _factor("1.0 / parts / calls"), "inverted"),
    ("accumulated_factor", "a power", _factor("calls ** parts"), "wrong-local"),
    ("accumulated_factor", "a text", _factor("f'{parts * calls}'"), "type"),
    ("accumulated_factor", "added up", _factor("parts + calls"), "added"),

    ("train_step", "zero_grad forgotten", _step(LOSS, BACK, DOWN, "return C"), "not-zeroed"),
    ("train_step", "zero_grad at the end", _step(LOSS, BACK, DOWN, ZERO, "return C"), "not-zeroed"),
    ("train_step", "zero_grad after backward", _step(LOSS, BACK, ZERO, DOWN, "return C"), "no-step"),
    ("train_step", "descend before backward", _step(ZERO, LOSS, DOWN, BACK, "return C"), "no-step"),
    ("train_step", "descend first of all", _step(LOSS, DOWN, ZERO, BACK, "return C"), "stale"),
    ("train_step", "no step at all", _step(ZERO, LOSS, BACK, "return C"), "no-step"),
    ("train_step", "uphill", _step(ZERO, LOSS, BACK, "nn.descend(network.parameters(), -rate)", "return C"), "factor:-1"),
    ("train_step", "C of after the step", _step(ZERO, LOSS, BACK, DOWN, "return vjp(MSE, network(X), Y)[0]"), "wrong-point"),
    ("train_step", "backward twice", _step(ZERO, LOSS, BACK, BACK, DOWN, "return C"), "counted-twice"),
    ("train_step", "the pullback of C", _step(ZERO, LOSS, "network.backward(pullback(C)[0])", DOWN, "return C"), "wrong-upstream"),
    ("train_step", "the gradient with respect to Y", _step(ZERO, LOSS, "network.backward(pullback(1.0)[1])", DOWN, "return C"), "factor:-1"),
    ("train_step", "the whole tuple", _step(ZERO, LOSS, "network.backward(pullback(1.0))", DOWN, "return C"), "crash"),
    ("train_step", "no rate", _step(ZERO, LOSS, BACK, "nn.descend(network.parameters(), 1.0)", "return C"), "no-rate"),
    ("train_step", "the rate twice", _step(ZERO, LOSS, "network.backward(pullback(rate)[0])", DOWN, "return C"), "factor:rate"),
    ("train_step", "the errors go back", _step(ZERO, LOSS, "network.backward(network(X) - Y)", DOWN, "return C"), "factor:q/2"),
    ("train_step", "the output goes back", _step(ZERO, LOSS, "network.backward(network(X))", DOWN, "return C"), "wrong-input"),
    ("train_step", "the targets in another order", _step(ZERO, "C, pullback = vjp(MSE, network(X), Y[::-1])", BACK, DOWN, "return vjp(MSE, network(X), Y)[0]"), "wrong-input"),
    ("train_step", "X is changed first", _step(ZERO, "C, pullback = vjp(MSE, network(X / 2), Y)", BACK, DOWN, "return C"), "wrong-input"),
    ("train_step", "only the last moves", _step(ZERO, LOSS, BACK, "nn.descend(network.parameters()[-1:], rate)", "return C"), "only-last"),
    ("train_step", "of length rate", _step(ZERO, LOSS, BACK, "size = np.sqrt(sum(np.sum(p.grad ** 2) for p in network.parameters()))", "nn.descend(network.parameters(), rate / size)", "return C"), "normalised"),
    ("train_step", "two steps", _step(ZERO, LOSS, "before = C", BACK, DOWN, ZERO, LOSS, BACK, DOWN, "return before"), "counted-twice"),
    ("train_step", "C and the pullback", _step(ZERO, LOSS, BACK, DOWN, "return C, pullback"), "count"),
    ("train_step", "C is not returned", _step(ZERO, LOSS, BACK, DOWN), "type"),
]
# fmt: on

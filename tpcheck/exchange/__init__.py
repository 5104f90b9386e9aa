"""The questionnaire and its answers in forms that others use: FHIR R4 both ways, and paper.

`questionnaire` and `response` write FHIR, `reading` reads a response back, `paper` makes a form to
print. All of it is the standard library; nothing private is ever written.
"""

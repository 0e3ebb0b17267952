"""IKEv2 up to its first exchange, IKE_SA_INIT (RFC 7296), as an initiator without credentials.

`numbers` names what goes over the wire, `offers` has what is offered, `requests` writes a request,
`payloads` and `answers` read an answer, `exchange` sends and waits.
"""

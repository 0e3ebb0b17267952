"""VPN profiles: ProfileXML, EAP XML, and either of them inside an export of Intune.

The text is edited at positions and never written anew, so that a corrected copy keeps everything
that is not corrected: each layer of a file (its encoding, a string of JSON, Base64, an escaped text
of XML) knows where in the layer below each of its characters is written.
"""

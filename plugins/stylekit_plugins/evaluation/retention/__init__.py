"""Content retention: does a classifier still see in a stylized picture what was in the photograph?

A. Sanakoyeu, D. Kotovenko, S. Lang, B. Ommer: "A Style-Aware Content Loss for Real-time HD Style
Transfer" (ECCV 2018). A method that changes nothing retains everything, so a measure of style
always stands beside it.
"""

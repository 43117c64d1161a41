"""Content retention: does a classifier still recognize the content of a stylized image?

A. Sanakoyeu, D. Kotovenko, S. Lang, B. Ommer: "A Style-Aware Content Loss for Real-time HD Style
Transfer" (ECCV 2018). A method that changes nothing retains everything, so the
report always has a style metric beside it.
"""

"""What is printed: QR codes and typed numbers, photographs and scans, the pages of one print."""

"""The Rise API: kinds, reasons and conditions, and the CRDs made from them."""

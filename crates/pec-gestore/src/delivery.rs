//! The delivery point (*punto di consegna*, RFC 6109 §3.3).

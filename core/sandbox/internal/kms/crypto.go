package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// A ciphertext is: magic, length of the key ARN, the key ARN, nonce, sealed text. The
// encryption context and the header are authenticated with it.
const magic = "\x01\x02\x02\x00"

const nonceSize = 12

func aead(material []byte) cipher.AEAD {
	block, err := aes.NewCipher(material)
	if err != nil {
		panic(err) // key material is always 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES always has GCM's block size
	}
	return gcm
}

// additional is what a ciphertext is bound to; JSON sorts the context's names.
func additional(header string, context map[string]string) []byte {
	if len(context) == 0 {
		return []byte(header)
	}
	b, _ := json.Marshal(context)
	return append([]byte(header), b...)
}

func (k *key) seal(plaintext []byte, context map[string]string) []byte {
	header := magic + string([]byte{byte(len(k.arn) >> 8), byte(len(k.arn))}) + k.arn
	nonce := randomBytes(nonceSize)
	out := append([]byte(header), nonce...)
	return aead(k.material).Seal(out, nonce, plaintext, additional(header, context))
}

// split reads a ciphertext's header; false when it is none of this service's.
func split(blob []byte) (arn, header string, nonce, sealed []byte, ok bool) {
	s := string(blob)
	if !strings.HasPrefix(s, magic) || len(s) < len(magic)+2 {
		return "", "", nil, nil, false
	}
	n := int(s[len(magic)])<<8 | int(s[len(magic)+1])
	end := len(magic) + 2 + n
	if len(s) < end+nonceSize {
		return "", "", nil, nil, false
	}
	return s[len(magic)+2 : end], s[:end], blob[end : end+nonceSize], blob[end+nonceSize:], true
}

type cryptoInput struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	KeySpec             string
	NumberOfBytes       *int
}

type cryptoOutput struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte `json:",omitempty"`
	CiphertextBlob      []byte `json:",omitempty"`
	EncryptionAlgorithm string `json:",omitempty"`
}

// cryptoKey finds the key of a cryptographic operation that may be performed now.
func (s *Service) cryptoKey(c *api.Call, ref, action string, context map[string]string) (*key, *api.Error) {
	if ref == "" {
		return nil, missing("keyId")
	}
	k, err := s.find(c.Caller.AccountID, c.Region, ref)
	if err != nil {
		return nil, err
	}
	if err := s.allow(c, k, action, cryptoContext(ref, context)); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return k, k.usable()
}

const symmetric = "SYMMETRIC_DEFAULT"

func (in cryptoInput) checkAlgorithm() *api.Error {
	if in.EncryptionAlgorithm != "" && in.EncryptionAlgorithm != symmetric {
		return failure("InvalidKeyUsageException", "The algorithm %s is not of a symmetric key.", in.EncryptionAlgorithm)
	}
	return nil
}

func encrypt(s *Service, c *api.Call, in cryptoInput) (any, *api.Error) {
	if n := len(in.Plaintext); n < 1 || n > 4096 {
		return nil, invalid("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and 4096")
	}
	if err := in.checkAlgorithm(); err != nil {
		return nil, err
	}
	k, err := s.cryptoKey(c, in.KeyID, "Encrypt", in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return cryptoOutput{KeyID: k.arn, CiphertextBlob: k.seal(in.Plaintext, in.EncryptionContext), EncryptionAlgorithm: symmetric}, nil
}

func decrypt(s *Service, c *api.Call, in cryptoInput) (any, *api.Error) {
	arn, header, nonce, sealed, ok := split(in.CiphertextBlob)
	if !ok {
		return nil, failure("InvalidCiphertextException", "")
	}
	if err := in.checkAlgorithm(); err != nil {
		return nil, err
	}
	k, err := s.find(c.Caller.AccountID, c.Region, arn)
	if err != nil {
		return nil, failure("InvalidCiphertextException", "")
	}
	if in.KeyID != "" {
		named, err := s.find(c.Caller.AccountID, c.Region, in.KeyID)
		if err != nil {
			return nil, err
		}
		if named.arn != arn {
			return nil, failure("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	if err := s.allow(c, k, "Decrypt", cryptoContext(in.KeyID, in.EncryptionContext)); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := k.usable(); err != nil {
		return nil, err
	}
	plain, openErr := aead(k.material).Open(nil, nonce, sealed, additional(header, in.EncryptionContext))
	if openErr != nil {
		return nil, failure("InvalidCiphertextException", "")
	}
	return cryptoOutput{KeyID: k.arn, Plaintext: plain, EncryptionAlgorithm: symmetric}, nil
}

// dataKeySize is the number of bytes a data key shall have.
func (in cryptoInput) dataKeySize() (int, *api.Error) {
	switch {
	case (in.KeySpec == "") == (in.NumberOfBytes == nil):
		return 0, invalid("Please specify either number of bytes or key spec.")
	case in.KeySpec == "AES_256":
		return 32, nil
	case in.KeySpec == "AES_128":
		return 16, nil
	case in.KeySpec != "":
		return 0, invalid("1 validation error detected: Value '%s' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]", in.KeySpec)
	case *in.NumberOfBytes < 1 || *in.NumberOfBytes > 1024:
		return 0, invalid("1 validation error detected: Value '%d' at 'numberOfBytes' failed to satisfy constraint: Member must have value between 1 and 1024", *in.NumberOfBytes)
	}
	return *in.NumberOfBytes, nil
}

func (s *Service) dataKey(c *api.Call, in cryptoInput, action string) (cryptoOutput, *api.Error) {
	size, err := in.dataKeySize()
	if err != nil {
		return cryptoOutput{}, err
	}
	k, err := s.cryptoKey(c, in.KeyID, action, in.EncryptionContext)
	if err != nil {
		return cryptoOutput{}, err
	}
	plain := randomBytes(size)
	return cryptoOutput{KeyID: k.arn, Plaintext: plain, CiphertextBlob: k.seal(plain, in.EncryptionContext)}, nil
}

func generateDataKey(s *Service, c *api.Call, in cryptoInput) (any, *api.Error) {
	return s.dataKey(c, in, "GenerateDataKey")
}

func generateDataKeyWithoutPlaintext(s *Service, c *api.Call, in cryptoInput) (any, *api.Error) {
	if in.KeySpec == "" && in.NumberOfBytes == nil {
		in.KeySpec = "AES_256"
	}
	out, err := s.dataKey(c, in, "GenerateDataKeyWithoutPlaintext")
	out.Plaintext = nil
	return out, err
}

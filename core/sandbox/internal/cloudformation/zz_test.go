package cloudformation_test
import ("net/http";"io";"fmt";"runtime/debug")
type spy struct{ rt http.RoundTripper }
type spyBody struct{ io.ReadCloser; req *http.Request; closedAt string }
func (b *spyBody) Read(p []byte)(int,error){ n,err:=b.ReadCloser.Read(p); if err!=nil&&err!=io.EOF { fmt.Println("SPY",err,"ctx",b.req.Context().Err(),"closed",b.closedAt!="", b.closedAt) }; return n,err }
func (b *spyBody) Close() error { b.closedAt=string(debug.Stack()); return b.ReadCloser.Close() }
func (s spy) RoundTrip(r *http.Request)(*http.Response,error){ resp,err:=s.rt.RoundTrip(r); if err==nil { resp.Body=&spyBody{resp.Body,r,""} }; return resp,err }

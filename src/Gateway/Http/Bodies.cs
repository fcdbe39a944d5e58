using System.Buffers;
using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LiveCommerce.Gateway.Http;

/// <summary>Reads a raw body up to a bound.</summary>
internal static class Bodies
{
    /// <summary>Bytes beyond the bound that are taken off the wire.</summary>
    private const int DroppedBytesMax = 32 * 1024 * 1024;

    /// <summary>The bytes as they came, or TooLarge.</summary>
    public static async Task<Result<byte[]>> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        // The server's own limit is for JSON. Above ours, the rest is still let in (and dropped, for 5 s): a browser reads a refusal
        // only after it has sent everything.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = (long)bytesMax + DroppedBytesMax;
        }

        var tooLarge = new Refusal(RefusalCode.TooLarge, $"The body may have at most {bytesMax} bytes.");
        if (request.ContentLength > bytesMax) { return tooLarge; }
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > bytesMax)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return tooLarge;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

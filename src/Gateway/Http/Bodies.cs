using System.Buffers;
using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Http;

/// <summary>Reads a raw body up to a bound.</summary>
internal static class Bodies
{
    /// <summary>The bytes as they came, or TooLarge.</summary>
    public static async Task<Result<byte[]>> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
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

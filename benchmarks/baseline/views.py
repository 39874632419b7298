"""The bare DRF view every single POST is held against: a serializer with two fields, one INSERT,
no authentication, no prediction."""

from rest_framework import generics, serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

from benchmarks.baseline.models import Note


class NoteSerializer(serializers.ModelSerializer[Note]):
    class Meta:
        model = Note
        fields = ["title", "body"]


class Notes(generics.CreateAPIView[Note]):
    queryset = Note._default_manager.all()
    serializer_class = NoteSerializer
    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
